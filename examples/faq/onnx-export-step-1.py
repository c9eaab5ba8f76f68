"""Step 1/3 of the ONNX export fails."""
# --8<-- [start:model]
import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn


class Scale(nn.Module):
    """Brings pixels to 0..1, and leaves them if they are there."""

    def forward(self, image: Tensor) -> Tensor:
        if image.max() > 1:
            image = image / 255
        return image.mean(1)


model = Scale().eval()
pixels = torch.full((2, 4), 255.0)
# --8<-- [end:model]
try:
    # --8<-- [start:fails]
    torch.onnx.export(model, (pixels,), "scale.onnx", verbose=False)
    # --8<-- [end:fails]
except Exception as error:
    print(type(error), error)

# --8<-- [start:alone]
try:
    torch.export.export(model, (pixels,))
except Exception as error:
    print(type(error).__name__)
    print(str(error).splitlines()[0])
# --8<-- [end:alone]


# --8<-- [start:fix]
class ScaleWhere(nn.Module):
    """The same, with the decision in the graph."""

    def forward(self, image: Tensor) -> Tensor:
        image = torch.where(image.max() > 1, image / 255, image)
        return image.mean(1)


def answers(path: str, image: Tensor) -> tuple[list, list]:
    """What the model and the file say about one image."""
    session = onnxruntime.InferenceSession(path)
    (onnx,) = session.run(None, {"image": image.numpy()})
    return model(image).tolist(), np.round(onnx, 3).tolist()


torch.onnx.export(
    ScaleWhere().eval(), (pixels,), "new.onnx", verbose=False
)
ready = torch.ones(2, 4)  # pixels that are 0..1 already
print("example:", *answers("new.onnx", pixels))
print("other:  ", *answers("new.onnx", ready))
# --8<-- [end:fix]

# --8<-- [start:old]
torch.onnx.export(
    model,
    (pixels,),
    "old.onnx",
    input_names=["image"],
    dynamo=False,
)
# --8<-- [end:old]

# --8<-- [start:compare]
print("example:", *answers("old.onnx", pixels))
print("other:  ", *answers("old.onnx", ready))
# --8<-- [end:compare]
