"""A script that was right in 2022."""

import torch
import torch.nn as nn
from torch.ao.quantization import quantize_dynamic
from torch.cuda import amp
from torch.utils.mobile_optimizer import optimize_for_mobile


def ship(model: nn.Module, example: torch.Tensor) -> None:
    with amp.autocast():
        small = quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    traced = torch.jit.trace(small, example)
    optimize_for_mobile(traced)._save_for_lite_interpreter("model.ptl")
