"""OpenVINO: segmentation fault in a process with a second Core"""
import openvino as ov
import torch

model = torch.nn.Linear(4, 2).eval()
exported = torch.export.export(model, (torch.ones(1, 4),))
ov.save_model(ov.convert_model(exported), "model.xml")
