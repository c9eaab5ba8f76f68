"""Run the same models through every runtime, side by side.

    python benchmarks/runtimes.py                     # all; writes the results
    python benchmarks/runtimes.py --only onnxruntime  # one tool beside eager
    python benchmarks/runtimes.py --models mlp gru    # some models
    python benchmarks/runtimes.py --quick             # seconds: does it work?
    python benchmarks/runtimes.py --untimed           # all but times, on a busy machine
    python benchmarks/runtimes.py --tables            # tables from the JSON

Every runtime has a process of its own, and waits in it until it is its turn:
each round visits all of them, one after another, at 1 and at 64 rows, and a
runtime is compared with eager PyTorch in the same round, so that noise falls
on all alike.  One that fails or hangs is cut off, its error is its result,
and the rest go on.  LiteRT is installed on demand (1.2 GB) into an
environment of its own, .cache/bench/litert or what --litert names.

It writes results/runtimes.json, the tables results/runtimes-*.md and the plot
docs/tools/img/runtimes-speed.svg.  With --only, nothing is written; with
--models, the other models keep their results.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path
from typing import Any

from adapters.lab import BATCHES, FOLDER, Lab, Messages, Variant, ratios, say
from harness import machine, results
from harness.process import ToolError
from harness.results import BLUE, GRAY, GREEN, ORANGE, TIMES, number, ratio, short
from harness.rounds import spread
from harness.script import Benchmark, Result

SCRIPT = "benchmarks/runtimes.py"
MODELS = {
    "mlp": "MLP",
    "encoder": "Transformer encoder",
    "efficientnet": "EfficientNet-Lite0",
    "gru": "GRU",
}
PACKAGES = ("torch", "torchao", "onnx", "onnxruntime", "openvino", "nncf", "executorch")
TUNED = "eager-tuned"  # with this handbook's own advice for CPUs
WHAT_IS_TUNED = (
    " Ratios are to the tuned one: it has images channels-last, and it keeps freed memory, as all "
    "rows but plain eager PyTorch do."
)
VARIANTS = {
    "eager": Variant("eager PyTorch", "pytorch"),
    TUNED: Variant("eager PyTorch, tuned", "pytorch"),
    "compile": Variant("torch.compile", "pytorch"),
    "exported": Variant("ExportedProgram", "pytorch"),
    "aoti": Variant("AOTInductor", "pytorch"),
    "onnxruntime": Variant("ONNX Runtime", "onnxruntime"),
    "openvino-f32": Variant("OpenVINO", "openvino"),
    "openvino": Variant("OpenVINO, default", "openvino", "as it likes"),
    "executorch": Variant("ExecuTorch", "executorch"),
    "litert": Variant("LiteRT", "litert"),
    "torchao": Variant("torch.compile, torchao", "pytorch", "int8"),
    "pt2e": Variant("torch.compile, PT2E", "pytorch", "int8"),
    "aoti-int8": Variant("AOTInductor, PT2E", "pytorch", "int8"),
    "onnxruntime-int8": Variant("ONNX Runtime, int8", "onnxruntime", "int8"),
    "openvino-int8": Variant("OpenVINO, NNCF", "openvino", "int8"),
    "executorch-int8": Variant("ExecuTorch, int8", "executorch", "int8"),
    "litert-int8": Variant("LiteRT, int8", "litert", "int8"),
}


def litert_python(home: Path) -> str:
    """LiteRT's interpreter; makes its environment where there is none.

    The environment sees the packages of this one, torch above all, and holds
    only what LiteRT wants in other versions.
    """
    python = home / "bin/python"
    if (home / "made").exists():
        return str(python)
    from adapters.litert import PINS

    say(f"LiteRT is installed into {home}")
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", str(home)], check=True, timeout=120, capture_output=True
        )
        [packages] = home.glob("lib/python*/site-packages")
        ours = next(path for path in sys.path if path.endswith("site-packages"))
        (packages / "zz-main.pth").write_text(ours + "\n")
        install = [str(python), "-m", "pip", "install", "--quiet", *PINS]
        subprocess.run(install, check=True, timeout=1200, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise ToolError(f"not installed: {short(str(error.stderr))}") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"not installed: cut off after {error.timeout:.0f} s") from error
    (home / "made").touch()
    return str(python)


def lab_of(model: str, only: str | None, folder: Path, litert: Path) -> Lab:
    """The lab of a model; LiteRT gets its own interpreter there."""
    lab = Lab(model, chosen(only, model), folder)
    theirs = [key for key, variant in lab.variants.items() if variant.tool == "litert"]
    if theirs:
        try:
            lab.python["litert"] = litert_python(litert)
        except ToolError as error:
            for key in theirs:
                lab.fail(key, "install", str(error))
    return lab


def installed(litert: Path | None) -> dict[str, Any]:
    """Bytes that each tool needs to run a model and to build one."""
    result: dict[str, Any] = {}
    for tool in dict.fromkeys(variant.tool for variant in VARIANTS.values()):
        module = import_module(f"adapters.{tool}")
        python = sys.executable
        if tool == "litert":
            if litert is None or not (litert / "made").exists():
                continue
            python = str(litert / "bin/python")
        for what, packages in module.PACKAGES.items():
            command = [python, "-m", "harness.installed", *packages]
            done = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True)
            told = json.loads(done.stdout)
            result.setdefault(tool, {})[what] = {
                "packages": packages,
                "count": len(told["bytes"]),
                "bytes": sum(told["bytes"].values()),
                "versions": told["versions"],
                "licenses": told["licenses"],
            }
    return result


# Tables and the plot, from what the JSON holds.


UNTIMED = f"*Not timed yet: the machine was busy. `{SCRIPT}` fills this table on a quiet one.*\n"


def timed(models: dict[str, Any]) -> bool:
    """Whether the machine was quiet enough for times."""
    return all(found["environment"]["rounds"] for found in models.values())


def brief(found: dict[str, Any]) -> str:
    about = found["environment"]
    if not about["rounds"]:
        return f"*{about['cpu']}, {about['date']}.*\n"
    load = f"load average {about['load_at_start']} to {about['load_at_end']}"
    return f"*{about['cpu']}, {about['date']}, {about['rounds']} rounds, {load}.*\n"


def baseline(rows: dict[str, Any]) -> str:
    """What ratios refer to: eager PyTorch, tuned where it was measured."""
    return TUNED if TUNED in rows else "eager"


def speed_table(found: dict[str, Any], messages: Messages) -> str:
    """One model: eager's time over each runtime's, and milliseconds."""
    rows = found["rows"]
    if not found["environment"]["rounds"]:
        return UNTIMED
    base = rows[baseline(rows)]
    counts = sorted(base["ms"], key=int)
    columns = [(int(count), size) for count in counts for size in BATCHES]
    heads = [
        f"{size} row{'s' * (size > 1)}, {count} thread{'s' * (count > 1)}"
        for count, size in columns
    ]
    lines = []
    for key, row in rows.items():
        variant = VARIANTS[key]
        cells = [variant.label, variant.precision]
        for count, size in columns:
            stage = f"{size} row{'s' * (size > 1)}"
            values = ratios(row, base, count, size)
            failed = messages.cell(row, stage)
            if failed or not values:
                cells.append(failed)
                continue
            times = [t for t in row["ms"][str(count)][str(size)] if t]
            middle = f"{number(statistics.median(times))} ms"
            cells.append(
                f"1 {TIMES}, {middle}" if row is base else f"{ratio(spread(values))}, {middle}"
            )
        lines.append(cells)
    heads = ["Runtime", "Computes in", *heads]
    return results.table(heads, lines, "ll" + "r" * len(columns)) + "\n" + brief(found)


def figures(document: Result) -> dict[str, float]:
    """What pages conclude from, by flat keys.

    `efficientnet/onnxruntime/2-threads/64-rows/speed`: how many times as fast as tuned eager
    PyTorch in the same round, the median; `…/onnxruntime/start`: the time to the first answer in
    a new process, as a share of eager's.
    """
    flat: dict[str, float] = {}
    for name, found in document["models"].items():
        rows = found["rows"]
        base = rows[baseline(rows)]
        if not found["environment"]["rounds"]:
            continue
        for key, row in rows.items():
            for count in base["ms"]:
                for size in base["ms"][count]:
                    if values := ratios(row, base, int(count), int(size)):
                        place = f"{name}/{key}/{count}-threads/{size}-rows/speed"
                        flat[place] = round(statistics.median(values), 4)
            starts = [s["start_s"] for s in row.get("starts", [])]
            eager = [s["start_s"] for s in base.get("starts", [])]
            if starts and eager:
                share = statistics.median(starts) / statistics.median(eager)
                flat[f"{name}/{key}/start"] = round(share, 4)
    return flat


def measured(models: dict[str, Any]) -> list[str]:
    """The variants of which there is anything to tell."""
    return [key for key in VARIANTS if any(key in found["rows"] for found in models.values())]


def start_table(models: dict[str, Any]) -> str:
    """Size of the artifact, seconds to the first answer, memory."""
    names = [name for name in models if name != "gru"]
    with_times = timed(models)
    kinds = ("file, MB", "memory, MB", "first answer, s")[: 3 if with_times else 2]
    heads = [f"{MODELS[name]}, {what}" for name in names for what in kinds]
    lines = []
    for key in measured(models):
        cells = [VARIANTS[key].label]
        for name in names:
            row = models[name]["rows"].get(key, {})
            starts = [s["start_s"] for s in row.get("starts", [])]
            cells.append(f"{row['bytes'] / 1e6:.1f}" if "bytes" in row else "")
            cells.append(f"{row['peak_bytes'] / 1e6:,.0f}" if "peak_bytes" in row else "")
            if with_times:
                cells.append(f"{statistics.median(starts):.1f}" if starts else "")
        lines.append(cells)
    return results.table(["Runtime", *heads], lines) + "\n" + brief(next(iter(models.values())))


def answers_table(models: dict[str, Any], messages: Messages) -> str:
    """How far the answers are from eager's, and how many are right."""
    names = [name for name in models if name != "gru"]
    heads = [
        f"{MODELS[n]}, {what}"
        for n in names
        for what in ("difference", "agrees" if n == "efficientnet" else "right")
    ]
    lines = []
    for key in measured(models):
        cells = [VARIANTS[key].label]
        for name in names:
            row = models[name]["rows"].get(key)
            if row is None or "difference" not in row:
                cells += [messages.cell(row, "64 rows") if row else "", ""]
                continue
            share = row.get("accuracy", row["agree"])
            cells += [f"{row['difference']:.0e}" if row["difference"] else "0", f"{share:.1%}"]
        lines.append(cells)
    scales = ", ".join(f"{models[n]['rows']['eager']['scale']:.0f} ({MODELS[n]})" for n in names)
    asked = models[names[0]]["rows"]["eager"]["answers"]
    agrees = " Agrees: top class as in eager, of 64 pieces of photographs."
    return (
        results.table(["Runtime", *heads], lines)
        + "\n*Largest absolute difference of a logit from eager PyTorch; "
        f"the largest logit is {scales}. Right: of {asked} held-out digits."
        f"{agrees * ('efficientnet' in names)}*\n"
    )


def gru_table(found: dict[str, Any], messages: Messages) -> str:
    """Does a recurrent layer work at all, and is it faster?"""
    base = found["rows"][baseline(found["rows"])]
    lines = []
    for key, row in found["rows"].items():
        if VARIANTS[key].precision == "int8":
            continue
        cells = [VARIANTS[key].label]
        broken = messages.cell(row, "")
        cells.append(broken or "yes")
        for size in BATCHES:
            values = ratios(row, base, 1, size)
            failed = messages.cell(row, f"{size} row{'s' * (size > 1)}")
            worked = "works" if f"difference{'_one' if size == 1 else ''}" in row else ""
            cells.append("" if broken else failed or (ratio(spread(values)) if values else worked))
        cells.append(f"{row['accuracy']:.1%}" if "accuracy" in row else "")
        lines.append(cells)
    heads = ["Runtime", "Built", "1 row", "64 rows", "Right"]
    return results.table(heads, lines, "llrrr") + "\n" + brief(found)


def install_table(install: dict[str, Any]) -> str:
    """Disk that a tool takes."""
    titles = {
        "pytorch": "PyTorch (eager, torch.compile, ExportedProgram, AOTInductor)",
        "onnxruntime": "ONNX Runtime",
        "openvino": "OpenVINO",
        "executorch": "ExecuTorch, from Python",
        "litert": "LiteRT",
    }
    rows = []
    for tool, found in install.items():
        run, build = found["run"], found["build"]
        sizes = (f"{kind['bytes'] / 1e6:,.0f}" for kind in (run, build))
        rows.append((titles[tool], next(sizes), run["count"], next(sizes), build["count"]))
    heads = ["Tool", "To run a model, MB", "Packages", "To build one, MB", "Packages"]
    return (
        results.table(heads, rows)
        + "\n*Files of the packages and of all that they require, on disk, without bytecode; "
        "PyTorch in its CPU build.*\n"
    )


def plot(document: Result, paths: dict[str, Path]) -> None:
    """Eager's time over each runtime's, one thread, both batch sizes."""
    models = document["models"]
    if not timed(models):
        return
    plt = results.plain_svg("runtimes")
    base = {name: found["rows"][baseline(found["rows"])] for name, found in models.items()}
    keys = measured(models)
    keys.remove(baseline(next(iter(models.values()))["rows"]))
    colors = {"mlp": (BLUE, "o"), "encoder": (ORANGE, "s"), "efficientnet": (GREEN, "D")}
    figure, panels = plt.subplots(2, 1, figsize=(7, 9.5), sharex=True)
    for axes, size in zip(panels, BATCHES, strict=True):
        for place, name in enumerate(name for name in colors if name in models):
            rows = models[name]["rows"]
            color, marker = colors[name]
            for line, key in enumerate(keys):
                values = ratios(rows[key], base[name], 1, size) if key in rows else []
                if not values:
                    continue
                found = spread(values)
                height = line + (place - 1) * 0.22
                axes.plot(
                    [found["q1"], found["q3"]],
                    [height, height],
                    color=color,
                    linewidth=1.5,
                    alpha=0.6,
                )
                label = MODELS[name] if line == 0 else None
                axes.plot(found["median"], height, marker, color=color, markersize=5, label=label)
        axes.axvline(1, color=GRAY, linewidth=1)
        axes.set_xscale("log")
        axes.set_yticks(range(len(keys)), [VARIANTS[key].label for key in keys])
        axes.invert_yaxis()
        axes.grid(axis="x", color=GRAY, alpha=0.25, linewidth=0.5)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set_title(f"{size} row{'s' * (size > 1)}, one thread", loc="left", fontsize=11)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} {TIMES}")
    panels[1].set_xlabel("times as fast as tuned eager PyTorch")
    panels[0].legend(frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.06), ncols=3)
    results.save_svg(figure, paths["speed"])


def tables(document: Result) -> dict[str, str]:
    """All tables."""
    models, messages = document["models"], Messages()
    files = {
        f"runtimes-{name}": speed_table(found, messages)
        for name, found in models.items()
        if name != "gru"
    }
    if "gru" in models:
        files["runtimes-gru"] = gru_table(models["gru"], messages)
    if set(models) > {"gru"} or "gru" not in models:
        files["runtimes-answers"] = answers_table(models, messages)
        files["runtimes-start"] = start_table(models)
    files["runtimes-messages"] = messages.table()
    if "install" in document:
        files["runtimes-install"] = install_table(document["install"])
    first = next(iter(models.values()))
    how = (
        f"Medians of the rounds (quartiles); above 1 {TIMES} is faster than eager PyTorch "
        "in the same round." + WHAT_IS_TUNED * (TUNED in first["rows"])
        if timed(models)
        else "Times are not in these tables."
    )
    alt = (
        "How many times as fast as tuned eager PyTorch each runtime is, "
        "at 1 and at 64 rows, for three models"
    )
    plot = f"![{alt}](img/runtimes-speed.svg)\n"
    files["runtimes-plot"] = plot if timed(models) else UNTIMED
    files["runtimes-machine"] = machine.note(first, how, SCRIPT)
    return files


def chosen(only: str | None, model: str) -> dict[str, Variant]:
    """The variants that are asked for, eager first."""
    keys = [key for key, variant in VARIANTS.items() if not only or only in (key, variant.tool)]
    if model == "gru":  # does it work at all? fp32 answers that
        keys = [key for key in keys if VARIANTS[key].precision != "int8" and key != TUNED]
    keys = keys if "eager" in keys else ["eager", *[TUNED] * (model != "gru"), *keys]
    return {key: VARIANTS[key] for key in keys}


def flops(model: str) -> float:
    """Of 64 rows, without what is small beside the matrix products; 0 where that is not known."""
    row = {
        "mlp": 64 * 1024 + 1024 * 1024 + 1024 * 10,
        "encoder": 16 * 2 * 12 * 128**2,
        "efficientnet": 385e6,
    }
    return 2 * 64 * row.get(model, 0)


WHY_SLOW = {
    "encoder": "sixteen tokens of width 128 a row: small matrices between many small operations",
    "efficientnet": "depthwise convolutions are bound by memory",
}


def check(model: str, rows: dict[str, Any]) -> dict[str, Any]:
    """How eager does beside a matrix product."""
    times = [ms for ms in rows[baseline(rows)]["ms"].get("1", {}).get("64", []) if ms]
    if not (times and flops(model)):
        return {}
    ms, why = statistics.median(times), WHY_SLOW.get(model, "")
    return machine.check_baseline(machine.Baseline(f"{model}, eager", flops(model), ms, 1, why))


def race(model: str, options: Namespace, folder: Path) -> dict[str, Any]:
    """Every way to run one model."""
    slow = model == "efficientnet"
    rounds = 1 if options.quick else (options.rounds + 1) // 2 if slow else options.rounds
    threads = [1] if model == "gru" or options.untimed or options.quick else [1, 2]
    seconds = 0.002 if options.quick else 0.1 if slow else 0.03
    about = machine.environment(PACKAGES) | {"rounds": 0 if options.untimed else rounds}
    lab = lab_of(model, options.only, folder, options.litert)
    steps = 10 if options.quick else 200
    rows = lab.measure(threads, rounds, seconds, steps, timed=not options.untimed)
    about["load_at_end"] = machine.load_average()
    baseline = {} if options.quick else check(model, rows)
    return {"environment": about, "rows": rows} | ({"baseline": baseline} if baseline else {})


def measure(options: Namespace) -> Result:
    """Race the models; those that are not asked for keep their results."""
    document: Result = {"models": {}}
    path = options.results / "runtimes.json"
    if path.exists() and not (options.quick or options.only):
        document["models"] = results.read("runtimes", options.results)["models"]
    with tempfile.TemporaryDirectory(prefix="runtimes-") as name:
        folder = (options.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for model in ["mlp"] if options.quick else options.models:
            kept = document["models"] | {model: race(model, options, folder)}
            document["models"] = {key: kept[key] for key in MODELS if key in kept}
    if not (options.quick or options.only):
        document["install"] = installed(options.litert)
    return document | {"caption": machine.caption(next(iter(document["models"].values())))}


def arguments(parser: ArgumentParser) -> None:
    names = sorted({*VARIANTS, *(variant.tool for variant in VARIANTS.values())})
    parser.add_argument("--only", choices=names, help="one tool or variant beside eager")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--untimed", action="store_true", help="answers, sizes, memory; no times")
    parser.add_argument(
        "--litert", type=Path, default=results.ROOT / ".cache/bench/litert", help="its environment"
    )
    parser.add_argument(
        "--folder", type=Path, help="keep artifacts here, and use those that are there"
    )


BENCHMARK = Benchmark(
    "runtimes",
    SCRIPT,
    measure,
    tables,
    packages=PACKAGES,
    draw=plot,
    plots={"speed": "docs/tools/img/runtimes-speed.svg"},
    figures=figures,
    arguments=arguments,
    partial=lambda options: bool(options.only),
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
