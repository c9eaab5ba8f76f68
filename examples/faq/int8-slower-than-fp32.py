# --8<-- [start:reproduce]
import copy

import torch
from torch.profiler import ProfilerActivity, profile
from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

torch.manual_seed(0)
fp32 = torch.nn.Sequential(torch.nn.Linear(256, 256)).eval()
int8 = copy.deepcopy(fp32)
quantize_(int8, Int8DynamicActivationInt8WeightConfig())
batch = torch.randn(64, 256)


def operators(model: torch.nn.Module) -> int:
    """Return how many PyTorch operators one call runs."""
    with torch.inference_mode():
        model(batch)
        with profile(activities=[ProfilerActivity.CPU]) as trace:
            model(batch)
    return sum(event.name.startswith("aten::") for event in trace.events())


print("more than 5 times the operators:",
      operators(int8) > 5 * operators(fp32))
# --8<-- [end:reproduce]


# --8<-- [start:fix]
with torch.inference_mode():
    expected = int8(batch)
    compiled = torch.compile(int8)
    difference = (compiled(batch) - expected).abs().max()
print("fewer operators than eager:",
      operators(compiled) < operators(int8) / 5)
print("same answers:", bool(difference < 1e-3))
# --8<-- [end:fix]
