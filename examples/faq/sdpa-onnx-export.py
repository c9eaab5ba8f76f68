# --8<-- [start:model]
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class Attention(nn.Module):
    """Four heads for the queries, two for keys and values."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return scaled_dot_product_attention(
            q, k, v, scale=0.125, enable_gqa=True
        )


torch.manual_seed(0)
q = torch.rand(1, 4, 5, 16)
k, v = torch.rand(2, 1, 2, 5, 16)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.onnx.export(
        Attention().eval(), (q, k, v), "old.onnx", dynamo=False
    )
    # --8<-- [end:fails]
except AssertionError as error:
    print(error)

# --8<-- [start:fix]
import onnxruntime


def largest_difference(file: str, model: nn.Module, *args: Tensor) -> float:
    """Between ONNX Runtime and torch, for the same inputs."""
    session = onnxruntime.InferenceSession(file)
    names = [node.name for node in session.get_inputs()]
    feed = {n: a.numpy() for n, a in zip(names, args, strict=True)}
    with torch.inference_mode():
        difference = torch.from_numpy(session.run(None, feed)[0])
        difference -= model(*args)
    return difference.abs().max().item()


torch.onnx.export(
    Attention().eval(),
    (q, k, v),
    "new.onnx",
    external_data=False,
    verbose=False,
)
print(largest_difference("new.onnx", Attention(), q, k, v) < 1e-5)
# --8<-- [end:fix]

# --8<-- [start:eager]
from transformers import CLIPVisionConfig, CLIPVisionModel

config = CLIPVisionConfig(
    hidden_size=32, intermediate_size=64, num_hidden_layers=1,
    num_attention_heads=4, image_size=32, patch_size=8,
    attn_implementation="eager",
)


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.clip = CLIPVisionModel(config)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.clip(pixels).last_hidden_state


encoder, pixels = Encoder().eval(), torch.rand(2, 3, 32, 32)
print(encoder.clip.config._attn_implementation)
torch.onnx.export(encoder, (pixels,), "clip.onnx", dynamo=False)
print(largest_difference("clip.onnx", encoder, pixels) < 1e-4)
# --8<-- [end:eager]


# --8<-- [start:repeat]
class Repeated(nn.Module):
    """The same without `enable_gqa`: each key serves two queries."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        k, v = (t.repeat_interleave(2, dim=1) for t in (k, v))
        return scaled_dot_product_attention(q, k, v, scale=0.125)


torch.onnx.export(Repeated().eval(), (q, k, v), "old.onnx", dynamo=False)
print(largest_difference("old.onnx", Attention(), q, k, v) < 1e-5)
# --8<-- [end:repeat]
