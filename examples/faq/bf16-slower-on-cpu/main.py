# --8<-- [start:cpu]
import torch

flags = torch.cpu.get_capabilities()
print("AVX-512 with bfloat16:", flags.get("avx512_bf16"))
print("AMX with bfloat16:    ", flags.get("amx_bf16"))
# --8<-- [end:cpu]

# --8<-- [start:count]
from collections.abc import Callable

from torch import Tensor, nn
from torch.profiler import profile


def conversions(model: Callable[[Tensor], Tensor], x: Tensor) -> list[int]:
    """Tensors that each of two calls converts to another type."""
    counts = []
    for _ in range(2):
        with profile() as profiler:
            model(x)
        calls = {e.key: e.count for e in profiler.key_averages()}
        counts.append(calls.get("aten::_to_copy", 0))
    return counts


layers = [layer for _ in range(4) for layer in (nn.Linear(64, 64), nn.ReLU())]
model = nn.Sequential(*layers).eval()
x = torch.randn(8, 64)


def predict(x: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return model(x)


with torch.no_grad():
    served = conversions(predict, x)
with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
    inference = conversions(model, x)
with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
    cached = conversions(model, x)
print("autocast in each request:    ", served)
print("around all, inference_mode:  ", inference)
print("around all, no_grad:         ", cached)
# --8<-- [end:count]

# --8<-- [start:fix]
model.to(torch.bfloat16)
with torch.inference_mode():
    converted = conversions(model, x.to(torch.bfloat16))
print("model.to(torch.bfloat16):    ", converted)
# --8<-- [end:fix]
