"""Four ways to make a network smaller, and the file that proves it."""

import copy

import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torchao.quantization import IntxWeightOnlyConfig, quantize_
from torchao.quantization.granularity import PerAxis, PerGroup

Data = tuple[Tensor, Tensor, Tensor, Tensor]
GROUP = 32  # weights that share a scale


def load(seed: int = 0) -> Data:
    """Return pixels and digits: 1,347 to learn from, 450 held out."""
    pixels, digits = load_digits(return_X_y=True)
    x, test_x, y, test_y = train_test_split(
        (pixels / 16).astype(np.float32), digits,
        test_size=450, stratify=digits, random_state=seed)
    return (torch.tensor(x), torch.tensor(y),
            torch.tensor(test_x), torch.tensor(test_y))


def network(width: int) -> nn.Sequential:
    """64 pixels, two hidden layers, 10 logits."""
    return nn.Sequential(
        nn.Linear(64, width), nn.ReLU(),
        nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, 10))


def fit(
    model: nn.Sequential,
    data: Data,
    steps: int,
    teacher: nn.Module | None = None,
) -> nn.Sequential:
    """Train in place on batches of 128, by a teacher's logits if given."""
    x, y = data[:2]
    if teacher is not None:
        with torch.no_grad():
            soft = F.log_softmax(teacher(x) / 4, dim=1)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3, fused=True)
    for _ in range(steps):
        rows = torch.randint(len(y), (128,))
        logits = model(x[rows])
        loss = F.cross_entropy(logits, y[rows])
        if teacher is not None:
            loss = 0.1 * loss + 0.9 * 4**2 * F.kl_div(
                F.log_softmax(logits / 4, dim=1), soft[rows],
                reduction="batchmean", log_target=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


@torch.no_grad()
def narrow(model: nn.Sequential, width: int) -> nn.Sequential:
    """Return a copy that keeps the strongest neurons of both layers."""
    model = copy.deepcopy(model)
    for first, second in ((model[0], model[2]), (model[2], model[4])):
        keep = first.weight.norm(dim=1).topk(width).indices.sort().values
        first.weight = nn.Parameter(first.weight[keep])
        first.bias = nn.Parameter(first.bias[keep])
        second.weight = nn.Parameter(second.weight[:, keep])
        first.out_features = second.in_features = width
    return model


@torch.no_grad()
def low_rank(model: nn.Sequential, rank: int) -> nn.Sequential:
    """Return a copy whose hidden layers are two thin layers each."""
    model = copy.deepcopy(model)
    for place in (0, 2):
        u, sigma, vt = torch.linalg.svd(
            model[place].weight, full_matrices=False)
        up = nn.Linear(rank, len(u))
        down = nn.Linear(vt.shape[1], rank, bias=False)
        down.weight.copy_(sigma[:rank, None] * vt[:rank])
        up.weight.copy_(u[:, :rank])
        up.bias.copy_(model[place].bias)
        model[place] = nn.Sequential(down, up)
    return model


def to_codes(weight: Tensor, bits: int) -> tuple[Tensor, Tensor, float]:
    """Return codes, scales and shift: weight = scale * (code + shift)."""
    grouped = weight.shape[1] % GROUP == 0
    if bits == 1:  # torchao would round every weight to zero
        rows = weight.reshape(-1, GROUP if grouped else weight.shape[1])
        scale = 2 * rows.abs().mean(dim=1).reshape(len(weight), -1)
        return -(weight < 0).to(torch.int8), scale, 0.5
    layer = nn.Linear(weight.shape[1], len(weight), bias=False)
    layer.weight = nn.Parameter(weight)
    quantize_(layer, IntxWeightOnlyConfig(
        weight_dtype=getattr(torch, f"int{bits}"),
        granularity=PerGroup(GROUP) if grouped else PerAxis(0)))
    return layer.weight.qdata, layer.weight.scale, 0.0


def pack(codes: Tensor, bits: int) -> Tensor:
    """Return bytes that hold each signed code in that many bits."""
    unsigned = codes.flatten().numpy().astype(np.int16) + 2 ** (bits - 1)
    planes = (unsigned[:, None] >> np.arange(bits)) & 1
    return torch.from_numpy(np.packbits(planes.astype(np.uint8)))


def unpack(packed: Tensor, bits: int, shape: tuple[int, ...]) -> Tensor:
    """Return the codes that were packed."""
    count = int(np.prod(shape))
    planes = np.unpackbits(packed.numpy(), count=count * bits)
    unsigned = planes.reshape(count, bits) @ (1 << np.arange(bits))
    return torch.from_numpy(unsigned.reshape(shape) - 2 ** (bits - 1))


@torch.no_grad()
def write(model: nn.Module, bits: int) -> bytes:
    """Return the file of a model with that many bits a weight."""
    parts: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        if bits == 32:
            parts[name] = value
        elif bits == 16 or value.dim() == 1:  # biases are few
            parts[name] = value.half()
        else:
            codes, scale, _ = to_codes(value, bits)
            parts[name] = pack(codes, bits)
            parts[f"{name}.scale"] = scale.half()
    return safetensors.torch.save(parts, {"bits": str(bits)})


@torch.no_grad()
def read(file: bytes, bits: int, like: nn.Sequential) -> nn.Sequential:
    """Return a model of fp32 weights from a file of packed ones."""
    model, parts = copy.deepcopy(like), safetensors.torch.load(file)
    for name, target in model.state_dict().items():
        value = parts[name]
        if f"{name}.scale" in parts:
            codes = unpack(value, bits, tuple(target.shape))
            scale = parts[f"{name}.scale"].float()
            rows = codes.reshape(*scale.shape, -1) + 0.5 * (bits == 1)
            value = (scale[..., None] * rows).reshape(target.shape)
        target.copy_(value)
    return model


@torch.inference_mode()
def accuracy(model: nn.Module, data: Data) -> float:
    """Return the percentage of held-out digits that are read right."""
    return 100 * (model(data[2]).argmax(1) == data[3]).float().mean().item()
