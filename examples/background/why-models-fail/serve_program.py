import torch

program = torch.export.load("model.pt2")
sample = torch.load("sample.pt")
answers = program.module()(sample["images"]).argmax(dim=1)
print("as in the notebook:", torch.equal(answers, sample["labels"]))
