try:
    # --8<-- [start:freeze]
    import py_compile
    import sys

    py_compile.compile(
        "library/gates.py", "frozen/gates.pyc", dfile="gates.py"
    )
    sys.path.insert(0, "frozen")
    import gates
    # --8<-- [end:freeze]
except OSError as error:
    print(error)

# --8<-- [start:export]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
torch.onnx.export(
    model.eval(),
    (torch.zeros(2, 64),),
    "model.onnx",
    input_names=["pixels"],
    dynamic_shapes=({0: torch.export.Dim("batch")},),
    external_data=False,
    verbose=False,
)
# --8<-- [end:export]
