# --8<-- [start:cold-start]
import sys
from pathlib import Path

import torch
from torch._dynamo.utils import counters

ARTIFACTS = Path("artifacts.bin")


def smooth(x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x * 2 + 1)


if "load" in sys.argv:
    torch.compiler.load_cache_artifacts(ARTIFACTS.read_bytes())
with torch.inference_mode():
    answer = torch.compile(smooth)(torch.arange(8.0))
print("sum", int(answer.sum()))
for name in ("fxgraph_cache_miss", "fxgraph_cache_hit"):
    print(name, counters["inductor"][name])
if "save" in sys.argv:
    saved = torch.compiler.save_cache_artifacts()
    if saved is None:
        raise RuntimeError("nothing was compiled, so nothing to save")
    ARTIFACTS.write_bytes(saved[0])
# --8<-- [end:cold-start]
