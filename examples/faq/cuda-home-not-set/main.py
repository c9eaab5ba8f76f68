# --8<-- [start:cases]
from pathlib import Path

from toolkit import release, verdict

for toolkit, torch_cuda in (
    (None, "13.0"),
    ("12.0", "13.0"),
    ("12.6", "12.8"),
    ("13.0", "13.0"),
    ("13.0", None),
):
    print(f"nvcc {toolkit}, torch {torch_cuda}:")
    print("   ", verdict(toolkit, torch_cuda))
print("the stand-in reports", release(Path("cuda-12.0")))
# --8<-- [end:cases]
