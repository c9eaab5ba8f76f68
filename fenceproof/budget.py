"""Seconds that pages may take, by their records:
`python -m fenceproof budget` compares, and times nothing.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from fenceproof import record
from fenceproof.project import Project, find_project
from fenceproof.reader import load_page

FILE = "budget.toml"


def seconds(project: Project) -> tuple[dict[str, float], list[str]]:
    """Seconds of each page that a quick run runs, in the baseline environment;
    and the names of the slow pages.
    """
    by_page: dict[str, float] = {}
    slow: list[str] = []
    for path in project.pages():
        page = load_page(path, project)
        if project.is_translation(path) or not page.blocks:
            continue
        entry = record.baseline(record.load(page), project)
        if page.slow:
            slow.append(page.name)
        elif entry:
            by_page[page.name] = sum(block.get("seconds", 0.0) for block in entry["blocks"])
    return by_page, slow


def check(project: Project) -> list[str]:
    """What is over budget, one line per fault, with file and line; empty if all is well.

    Raises:
        BadRecord: a record cannot be read.
        ValueError: the budget cannot be read; the message names the file.
    """
    text = (project.root / FILE).read_text(encoding="utf-8")
    try:
        budget = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{FILE}: {error}") from None
    if missing := {"total", "page", "slow_pages"} - budget.keys():
        raise ValueError(f"{FILE}:1: says nothing of {', '.join(sorted(missing))}")
    took, slow = seconds(project)
    allowed: dict[str, float] = budget.get("pages", {})
    faults = []
    for name, spent in sorted(took.items(), key=lambda item: -item[1]):
        limit = allowed.get(name, budget["page"])
        if spent > limit:
            faults.append(f"docs/{name}.md:1: {spent:.0f} s by its record, {limit} s in {FILE}")
    for name in sorted(allowed.keys() - took.keys()):
        faults.append(f"{FILE}:{line_of(text, name)}: no quick page {name}")
    if len(slow) > budget["slow_pages"]:
        faults.append(
            f"{FILE}:{line_of(text, 'slow_pages')}: {len(slow)} slow pages, "
            f"{budget['slow_pages']} allowed: {', '.join(slow)}"
        )
    total = sum(took.values())
    if total > budget["total"]:
        faults.append(
            f"{FILE}:{line_of(text, 'total')}: {total:.0f} s in all by the records, "
            f"{budget['total']} s allowed"
        )
    return faults


def line_of(text: str, word: str) -> int:
    """The first line of a text that holds a word; 1 if none does.

    Args:
        text: of a file.
        word: what to look for.
    """
    return next((number for number, line in enumerate(text.split("\n"), 1) if word in line), 1)


def main(root: Path) -> int:
    """Print what is over budget; 1 if anything is."""
    try:
        faults = check(find_project(root))
    except (OSError, ValueError) as error:
        faults = [str(error)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0
