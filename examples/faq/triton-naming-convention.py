# --8<-- [start:model]
from pathlib import Path

import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    """Logits from the mean of the embeddings that the mask lets pass."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(100, 8)
        self.head = nn.Linear(8, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        weights = mask.unsqueeze(-1).to(self.embed.weight.dtype)
        total = (self.embed(ids) * weights).sum(1)
        return self.head(total / weights.sum(1))


def config(inputs: list[str], output: str) -> str:
    """A config.pbtxt for the PyTorch backend, with these names."""
    tensors = ", ".join(
        f'{{ name: "{name}" data_type: TYPE_INT64 dims: [-1] }}'
        for name in inputs
    )
    return f"""
name: "classifier"
platform: "pytorch_libtorch"
max_batch_size: 32
input [{tensors}]
output [{{ name: "{output}" data_type: TYPE_FP32 dims: [2] }}]
"""
# --8<-- [end:model]


# --8<-- [start:check]
import inspect
from collections.abc import Sequence

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2


def positions(names: Sequence[str]) -> list[int] | None:
    """The numbers after the first `__`, if all the names have one."""
    numbers = [name.partition("__")[2] for name in names]
    if not all(number.isdigit() for number in numbers):
        return None
    return [int(number) for number in numbers]


def naming(text: str, model: nn.Module) -> str:
    """How the PyTorch backend would match the names in a config."""
    said = text_format.Parse(text, model_config_pb2.ModelConfig())
    arguments = list(inspect.signature(model.forward).parameters)
    names = [tensor.name for tensor in said.input]
    outputs = [tensor.name for tensor in said.output]
    if len(names) != len(arguments):
        return (f"configuration expects {len(names)} inputs, "
                f"model provides {len(arguments)}")
    if set(names) == set(arguments):
        how = "inputs by forward's arguments"
    elif sorted(positions(names) or []) == list(range(len(names))):
        how = "inputs by number"
    else:
        return f"{names[0]!r} does not follow <name>__<index>"
    if sorted(positions(outputs) or []) != list(range(len(outputs))):
        return f"{outputs[0]!r} does not follow <name>__<index>"
    return how


model = Classifier().eval()
print(naming(config(["x", "y"], "logits"), model))
print(naming(config(["ids", "mask"], "logits"), model))
print(naming(config(["ids"], "OUTPUT__0"), model))
# --8<-- [end:check]


# --8<-- [start:fixed]
print(naming(config(["INPUT__0", "INPUT__1"], "OUTPUT__0"), model))
print(naming(config(["mask", "ids"], "OUTPUT__0"), model))
# --8<-- [end:fixed]


# --8<-- [start:order]
torch.manual_seed(0)
ids = torch.tensor([[7, 3, 0]])
mask = torch.tensor([[1, 1, 0]])
with torch.inference_mode():
    right, swapped = model(ids, mask), model(mask, ids)
print("same shape:", right.shape == swapped.shape)
print("same answer:", torch.allclose(right, swapped))
# --8<-- [end:order]


# --8<-- [start:write]
folder = Path("models/classifier")
(folder / "1").mkdir(parents=True)  # a number: the version
text = config(["INPUT__0", "INPUT__1"], "OUTPUT__0")
(folder / "config.pbtxt").write_text(text)
for path in sorted(Path("models").rglob("*")):
    print(path.as_posix())
# --8<-- [end:write]

# --8<-- [start:repository]
FILES = ("model.onnx", "model.pt", "model.pt2", "model.plan", "model.py")


def problems(model: Path) -> list[str]:
    """Say what of a model's folder Triton would not find."""
    found = []
    settings = model / "config.pbtxt"
    if not settings.is_file():
        there = [p.name for p in model.rglob("config*")]
        found.append(f"no config.pbtxt here, but {there}")
    elif not {"backend", "platform"} & {
        line.partition(":")[0].strip()
        for line in settings.read_text().splitlines()
    }:
        found.append("no backend and no platform in config.pbtxt")
    versions = [p for p in model.iterdir() if p.name.isdigit()]
    if not any((v / name).exists() for v in versions for name in FILES):
        found.append("no model file in a folder with a number")
    return found


wrong = Path("models/wrong")
wrong.mkdir()
(wrong / "config.pbtxt.txt").write_text('backend: "onnxruntime"')
(wrong / "model.onnx").touch()
(folder / "1" / "model.pt").touch()
for model_folder in sorted(Path("models").iterdir()):
    print(model_folder.name, problems(model_folder) or "complete")
# --8<-- [end:repository]
