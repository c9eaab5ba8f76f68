"""Results: where they lie, their numbers in tables, and how plots look."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks/results"
GRAY, BLUE, ORANGE, GREEN, VIOLET = "#808080", "#3f7fbf", "#d9822b", "#3a9a5b", "#a04fb5"
TIMES = "\N{MULTIPLICATION SIGN}"


def read(name: str, folder: Path = RESULTS) -> dict[str, Any]:
    """The result `name`."""
    document: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return document


def write(name: str, result: dict[str, Any], folder: Path = RESULTS) -> None:
    """Write a result; one that is interrupted leaves the file before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    new.replace(path)


def write_tables(tables: dict[str, str], folder: Path = RESULTS) -> None:
    """Write tables by the names of their files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def slug(name: str) -> str:
    """A name as part of a flat key: `int8 weights, torchao` is `int8_weights_torchao`."""
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


def table(heads: Sequence[str], rows: Iterable[Iterable[object]], align: str = "") -> str:
    """A Markdown table.

    Args:
        heads: names of the columns.
        rows: cells; None is empty.
        align: l or r for each column; without it l, and then r.
    """
    align = align or "l" + "r" * (len(heads) - 1)
    rule = "|" + "|".join("---" if side == "l" else "--:" for side in align) + "|"
    lines = [table_row(head or None for head in heads), rule, *map(table_row, rows)]
    return "\n".join(lines) + "\n"


def table_row(cells: Iterable[object]) -> str:
    """One line of a Markdown table."""
    return "|" + "|".join(" " if cell is None else f" {cell} " for cell in cells) + "|"


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
            "text.color": GRAY,
            "axes.edgecolor": GRAY,
            "axes.labelcolor": GRAY,
            "axes.titlecolor": GRAY,
            "xtick.color": GRAY,
            "ytick.color": GRAY,
            "legend.labelcolor": GRAY,
        }
    )
    return plt


def save_svg(figure: Any, path: Path, **options: Any) -> None:
    """Write a plot that is the same bytes for the same numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"bbox_inches": "tight"} | options
    figure.savefig(path, transparent=True, metadata={"Date": None}, **options)
