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

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.lab import BATCHES, Lab, Messages, Variant, ratios, say
from tools.process import ToolError
from tools.report import (
    BLUE,
    GREEN,
    GREY,
    IMAGES,
    ORANGE,
    RESULTS,
    TIMES,
    caption,
    number,
    plain_svg,
    ratio,
    save_svg,
    short,
    spread,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUTPUT = RESULTS / "runtimes.json"
SCRIPT = "benchmarks/runtimes.py"
MODELS = {
    "mlp": "MLP",
    "encoder": "Transformer encoder",
    "efficientnet": "EfficientNet-Lite0",
    "gru": "GRU",
}
PACKAGES = ("torch", "torchao", "onnx", "onnxruntime", "openvino", "nncf", "executorch")


VARIANTS = {
    "eager": Variant("eager PyTorch", "pytorch"),
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
    from tools.runtimes.litert import PINS

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
        module = __import__(f"tools.runtimes.{tool}", fromlist=["PACKAGES"])
        python = sys.executable
        if tool == "litert":
            if litert is None or not (litert / "made").exists():
                continue
            python = str(litert / "bin/python")
        for what, packages in module.PACKAGES.items():
            command = [python, str(HERE / "tools/installed.py"), *packages]
            told = json.loads(
                subprocess.run(command, check=True, capture_output=True, text=True).stdout
            )
            result.setdefault(tool, {})[what] = {
                "packages": packages,
                "count": len(told["bytes"]),
                "bytes": sum(told["bytes"].values()),
                "versions": told["versions"],
                "licences": told["licences"],
            }
    return result


# Tables and the plot, from what the JSON holds.


UNTIMED = f"*Not timed yet: the machine was busy. `{SCRIPT}` fills this table on a quiet one.*\n"


def brief(found: dict[str, Any]) -> str:
    about = found["environment"]
    if not about["rounds"]:
        return f"*{about['cpu']}, {about['date']}.*\n"
    load = f"load average {about['load_at_start']} to {about['load_at_end']}"
    return f"*{about['cpu']}, {about['date']}, {about['rounds']} rounds, {load}.*\n"


def speed_table(found: dict[str, Any], messages: Messages) -> str:
    """One model: eager's time over each runtime's, and milliseconds."""
    rows = found["rows"]
    if not found["environment"]["rounds"]:
        return UNTIMED
    base = rows["eager"]
    counts = sorted(base["ms"], key=int)
    columns = [(int(count), size) for count in counts for size in BATCHES]
    heads = [
        f"{size} row{'s' * (size > 1)}, {count} thread{'s' * (count > 1)}"
        for count, size in columns
    ]
    lines = [
        "| Runtime | Computes in | " + " | ".join(heads) + " |",
        "|---|---|" + "--:|" * len(columns),
    ]
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
                f"1 {TIMES}, {middle}" if key == "eager" else f"{ratio(spread(values))}, {middle}"
            )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", brief(found)])


def figures(models: dict[str, Any]) -> dict[str, float]:
    """What pages conclude from, by flat keys.

    `efficientnet/onnxruntime/2-threads/64-rows/speed`: how many times as fast as eager PyTorch in
    the same round, the median; `…/onnxruntime/start`: the time to the first answer in a new
    process, as a share of eager's.
    """
    flat: dict[str, float] = {}
    for name, found in models.items():
        rows = found["rows"]
        base = rows["eager"]
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


def derived(models: dict[str, Any]) -> dict[str, Any]:
    """The figures, and where they were measured, in a line."""
    found = next(iter(models.values()))["environment"]
    torch = found["versions"]["torch"].partition("+")[0]
    caption = f"{found['cpu']}, {found['cores']} cores, torch {torch}, measured {found['date']}"
    return {"caption": caption, "figures": figures(models)}


def start_table(models: dict[str, Any]) -> str:
    """Size of the artefact, seconds to the first answer, memory."""
    names = [name for name in models if name != "gru"]
    timed = all(found["environment"]["rounds"] for found in models.values())
    kinds = ("file, MB", "memory, MB", "first answer, s")[: 3 if timed else 2]
    heads = [f"{MODELS[name]}, {what}" for name in names for what in kinds]
    lines = ["| Runtime | " + " | ".join(heads) + " |", "|---|" + "--:|" * len(heads)]
    for key in VARIANTS:
        cells = [VARIANTS[key].label]
        for name in names:
            row = models[name]["rows"].get(key, {})
            starts = [s["start_s"] for s in row.get("starts", [])]
            cells.append(f"{row['bytes'] / 1e6:.1f}" if "bytes" in row else "")
            cells.append(f"{row['peak_bytes'] / 1e6:,.0f}" if "peak_bytes" in row else "")
            if timed:
                cells.append(f"{statistics.median(starts):.1f}" if starts else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", brief(next(iter(models.values())))])


def answers_table(models: dict[str, Any], messages: Messages) -> str:
    """How far the answers are from eager's, and how many are right."""
    names = [name for name in models if name != "gru"]
    heads = [
        f"{MODELS[n]}, {what}"
        for n in names
        for what in ("difference", "agrees" if n == "efficientnet" else "right")
    ]
    lines = ["| Runtime | " + " | ".join(heads) + " |", "|---|" + "--:|" * len(heads)]
    for key in VARIANTS:
        cells = [VARIANTS[key].label]
        for name in names:
            row = models[name]["rows"].get(key)
            if row is None or "difference" not in row:
                cells += [messages.cell(row, "64 rows") if row else "", ""]
                continue
            share = row.get("accuracy", row["agree"])
            cells += [f"{row['difference']:.0e}" if row["difference"] else "0", f"{share:.1%}"]
        lines.append("| " + " | ".join(cells) + " |")
    scales = ", ".join(f"{models[n]['rows']['eager']['scale']:.0f} ({MODELS[n]})" for n in names)
    asked = models[names[0]]["rows"]["eager"]["answers"]
    lines += [
        "",
        "*Largest absolute difference of a logit from eager PyTorch; "
        f"the largest logit is {scales}."
        f" Right: of {asked} held-out digits."
        + (
            " Agrees: top class as in eager, of 64 pieces of photographs.*"
            if "efficientnet" in names
            else "*"
        ),
        "",
    ]
    return "\n".join(lines)


def gru_table(found: dict[str, Any], messages: Messages) -> str:
    """Does a recurrent layer work at all, and is it faster?"""
    base = found["rows"]["eager"]
    lines = ["| Runtime | Built | 1 row | 64 rows | Right |", "|---|---|--:|--:|--:|"]
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
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", brief(found)])


def install_table(install: dict[str, Any]) -> str:
    """Disk that a tool takes."""
    titles = {
        "pytorch": "PyTorch (eager, torch.compile, ExportedProgram, AOTInductor)",
        "onnxruntime": "ONNX Runtime",
        "openvino": "OpenVINO",
        "executorch": "ExecuTorch, from Python",
        "litert": "LiteRT",
    }
    lines = [
        "| Tool | To run a model, MB | Packages | To build one, MB | Packages |",
        "|---|--:|--:|--:|--:|",
    ]
    for tool, found in install.items():
        run, build = found["run"], found["build"]
        lines.append(
            f"| {titles[tool]} | {run['bytes'] / 1e6:,.0f} | {run['count']} | "
            f"{build['bytes'] / 1e6:,.0f} | {build['count']} |"
        )
    lines += [
        "",
        (
            "*Files of the packages and of all that they require, on disk, without bytecode; "
            "PyTorch in its CPU build.*"
        ),
        "",
    ]
    return "\n".join(lines)


def plot(models: dict[str, Any], path: Path) -> None:
    """Eager's time over each runtime's, one thread, both batch sizes."""
    plt = plain_svg("runtimes")
    keys = [key for key in VARIANTS if key != "eager"]
    colours = {"mlp": (BLUE, "o"), "encoder": (ORANGE, "s"), "efficientnet": (GREEN, "D")}
    figure, panels = plt.subplots(2, 1, figsize=(7, 9.5), sharex=True)
    for axes, size in zip(panels, BATCHES, strict=True):
        for place, name in enumerate(name for name in colours if name in models):
            rows = models[name]["rows"]
            colour, marker = colours[name]
            for line, key in enumerate(keys):
                values = ratios(rows[key], rows["eager"], 1, size) if key in rows else []
                if not values:
                    continue
                found = spread(values)
                height = line + (place - 1) * 0.22
                axes.plot(
                    [found["q1"], found["q3"]],
                    [height, height],
                    color=colour,
                    linewidth=1.5,
                    alpha=0.6,
                )
                label = MODELS[name] if line == 0 else None
                axes.plot(found["median"], height, marker, color=colour, markersize=5, label=label)
        axes.axvline(1, color=GREY, linewidth=1)
        axes.set_xscale("log")
        axes.set_yticks(range(len(keys)), [VARIANTS[key].label for key in keys])
        axes.invert_yaxis()
        axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.5)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set_title(f"{size} row{'s' * (size > 1)}, one thread", loc="left", fontsize=11)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} {TIMES}")
    panels[1].set_xlabel("times as fast as eager PyTorch")
    panels[0].legend(frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.06), ncols=3)
    save_svg(figure, path)


def write_tables(
    document: dict[str, Any], folder: Path = RESULTS, images: Path = IMAGES
) -> list[str]:
    """Write all tables; their texts, too."""
    models, messages = document["models"], Messages()
    files = {
        f"runtimes-{name}.md": speed_table(found, messages)
        for name, found in models.items()
        if name != "gru"
    }
    if "gru" in models:
        files["runtimes-gru.md"] = gru_table(models["gru"], messages)
    files["runtimes-answers.md"] = answers_table(models, messages)
    files["runtimes-start.md"] = start_table(models)
    files["runtimes-messages.md"] = messages.table()
    files["runtimes-install.md"] = install_table(document["install"])
    first = next(iter(models.values()))["environment"]
    timed = all(found["environment"]["rounds"] for found in models.values())
    how = (
        f"Medians of the rounds (quartiles); above 1 {TIMES} is faster than eager PyTorch "
        "in the same round."
        if timed
        else "Times are not in these tables."
    )
    alt = (
        "How many times as fast as eager PyTorch each runtime is, "
        "at 1 and at 64 rows, for three models"
    )
    files["runtimes-plot.md"] = f"![{alt}](img/runtimes-speed.svg)\n" if timed else UNTIMED
    files["runtimes-machine.md"] = caption(first, how, SCRIPT)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    if all(found["environment"]["rounds"] for found in models.values()):
        plot(models, images / "runtimes-speed.svg")
    return list(files.values())


def chosen(only: str | None, model: str) -> dict[str, Variant]:
    """The variants that are asked for, eager first."""
    keys = [key for key, variant in VARIANTS.items() if not only or only in (key, variant.tool)]
    if model == "gru":  # does it work at all? fp32 answers that
        keys = [key for key in keys if VARIANTS[key].precision != "int8"]
    keys = keys if "eager" in keys else ["eager", *keys]
    return {key: VARIANTS[key] for key in keys}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = sorted({*VARIANTS, *(variant.tool for variant in VARIANTS.values())})
    only = os.environ.get("ONLY")
    parser.add_argument("--only", choices=names, default=only if only in names else None)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--rounds", type=int, default=9, help="0 only builds")
    parser.add_argument("--quick", action="store_true", help="one small model, one round; prints")
    parser.add_argument("--untimed", action="store_true", help="answers, sizes, memory; no times")
    parser.add_argument("--tables", action="store_true", help="only make tables from the JSON")
    parser.add_argument(
        "--litert", type=Path, default=ROOT / ".cache/bench/litert", help="LiteRT's environment"
    )
    parser.add_argument(
        "--folder", type=Path, help="keep artefacts here, and use those that are there"
    )
    options = parser.parse_args()
    if only and only not in names:
        return say(f"{SCRIPT}: {only} is not one of its tools")
    document = (
        json.loads(OUTPUT.read_text()) if OUTPUT.exists() else {"made_by": SCRIPT, "models": {}}
    )
    if options.tables:
        document |= derived(document["models"])
        OUTPUT.write_text(json.dumps(document, indent=1) + "\n")
        print("\n".join(write_tables(document)))
        return
    with tempfile.TemporaryDirectory(prefix="runtimes-") as name:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if options.quick:
            lab = lab_of("mlp", options.only, folder, options.litert)
            found = lab.measure(PACKAGES, [1], 1, 0.002, steps=10)
            messages = Messages()
            print(speed_table(found, messages) + "\n" + messages.table())
            return
        for model in options.models:
            slow = model == "efficientnet"
            rounds = (options.rounds + 1) // 2 if slow else options.rounds
            lab = lab_of(model, options.only, folder, options.litert)
            threads = [1] if model == "gru" or options.untimed else [1, 2]
            found = lab.measure(
                PACKAGES, threads, rounds, 0.1 if slow else 0.03, timed=not options.untimed
            )
            if not options.rounds:
                continue
            if options.only:
                messages = Messages()
                print(f"## {MODELS[model]}\n\n{speed_table(found, messages)}\n{messages.table()}")
                continue
            kept = document["models"] | {model: found}
            document["models"] = {key: kept[key] for key in MODELS if key in kept}
            OUTPUT.parent.mkdir(exist_ok=True)
            document["install"] = installed(options.litert)
            document |= derived(document["models"])
            OUTPUT.write_text(json.dumps(document, indent=1) + "\n")
    if options.rounds and not options.only:
        print("\n".join(write_tables(document)))


if __name__ == "__main__":
    main()
