# --8<-- [start:models]
import logging

import onnx
import torch
from torch import Tensor, nn


class Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


def opset(file: str) -> int:
    imports = onnx.load(file, load_external_data=False).opset_import
    return next(o.version for o in imports if o.domain in ("", "ai.onnx"))


logging.getLogger("onnxscript").setLevel(logging.CRITICAL)
for name, model in {
    "convolution": nn.Conv2d(1, 2, 3).eval(),
    "mean": Mean().eval(),
}.items():
    file, x = f"{name}.onnx", torch.zeros(1, 1, 8, 8)
    torch.onnx.export(model, (x,), file, opset_version=17, verbose=False)
    print(f"{name}: {opset(file)}")
# --8<-- [end:models]

try:
    # --8<-- [start:check]
    def require(file: str, at_most: int) -> None:
        if (found := opset(file)) > at_most:
            raise ValueError(
                f"{file} has opset {found}, want at most {at_most}"
            )


    require("convolution.onnx", at_most=17)
    require("mean.onnx", at_most=17)
    # --8<-- [end:check]
except ValueError as error:
    print(error)

# --8<-- [start:old]
torch.onnx.export(
    Mean().eval(), (x,), "old.onnx", opset_version=17, dynamo=False
)
print(f"mean: {opset('old.onnx')}")
# --8<-- [end:old]
