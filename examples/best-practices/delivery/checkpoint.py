"""A checkpoint from a training pipeline that read its images as BGR."""

import torch

from build import load_network

weights = load_network().state_dict()
weights["_conv_stem.weight"] = weights["_conv_stem.weight"].flip(1)
torch.save(weights, "bgr.pth")
