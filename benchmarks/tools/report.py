"""What every result says about itself, and how plots look."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Iterable, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "results"
IMAGES = Path(__file__).resolve().parents[2] / "docs/tools/img"
GREY, BLUE, ORANGE, GREEN = "#808080", "#3f7fbf", "#d9822b", "#3a9a5b"
TIMES = "\N{MULTIPLICATION SIGN}"


def environment(packages: Iterable[str]) -> dict[str, Any]:
    """The machine, its load and the versions that a result depends on."""
    cpu, flags = platform.machine(), ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                cpu = value.strip()
            elif key.strip() == "flags":
                flags = value
    names = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8")
    return {
        "date": date.today().isoformat(),
        "cpu": cpu,
        "instructions": [name for name in names if f" {name} " in f"{flags} "],
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "versions": {name: metadata.version(name) for name in packages},
    }


def caption(about: dict[str, Any], how: str, script: str) -> str:
    """The line under a table: machine, versions, date, and how to repeat it."""
    used = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    load = f"{about['load_at_start']}" + (
        f" to {about['load_at_end']}" if "load_at_end" in about else ""
    )
    return (
        f"*{about['cpu']} ({about['instructions'][-1]}), {about['cores']} cores"
        " of a shared virtual machine,"
        f" load average {load}, {about['system']}, Python {about['python']}, {used}, "
        f"{about['date']}."
        f" {how} `{script}` measures it again on yours.*\n"
    )


def spread(values: Sequence[float], digits: int = 4) -> dict[str, float]:
    """Median and quartiles, to `digits` significant digits."""
    if len(values) == 1:
        values = [*values, *values]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {
        key: float(f"{value:.{digits}g}")
        for key, value in (("median", middle), ("q1", low), ("q3", high))
    }


def short(error: BaseException | str, width: int = 180) -> str:
    """An error in one line, without paths and source positions."""
    text = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else error
    noise = ("Exception from", "Check '", "Traceback", "File ", "While executing")
    lines = [line.strip() for line in text.splitlines()]
    kept = " ".join(line for line in lines if line and not line.startswith(noise))
    kept = re.sub(r"(/[\w.+-]+){2,}/?", "…", kept)
    kept = re.sub(r"0x[0-9a-f]{6,}", "0x…", kept)
    return kept if len(kept) <= width else kept[:width].rsplit(" ", 1)[0] + " …"


def number(value: float) -> str:
    """A number to two significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"


def ratio(found: dict[str, float]) -> str:
    """The median in bold and the quartiles, as factors."""
    low, high = number(found["q1"]), number(found["q3"])
    return f"**{number(found['median'])} {TIMES}** ({low} to {high})"


def plain_svg(salt: str) -> Any:
    """matplotlib, set up for plots that read on light and on dark pages."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": salt,
            "font.family": "sans-serif",
            "text.color": GREY,
            "axes.edgecolor": GREY,
            "axes.labelcolor": GREY,
            "axes.titlecolor": GREY,
            "xtick.color": GREY,
            "ytick.color": GREY,
            "legend.labelcolor": GREY,
        }
    )
    return plt


def save_svg(figure: Any, path: Path) -> None:
    """Write a plot that is the same bytes for the same numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
