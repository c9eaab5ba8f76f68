"""The checklist of the outlook: each of its lines leads to the block that proves it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fenceproof.page import Block
from fenceproof.project import find_project
from fenceproof.reader import parse_page

PROJECT = find_project(Path(__file__))
SUMMARY = PROJECT.docs / "outlook" / "summary.md"
ROW = re.compile(r"^\| (?!True of)(?P<claim>[^|-][^|]+) \| (?P<proof>.+) \|$", re.MULTILINE)
LINK = re.compile(
    r'<a href="\.\./(?:\.\./)?(?P<page>[\w/-]+)/#block-(?P<number>\d+)" '
    r'title="(?P<label>[^"]+)">block&nbsp;(?P<shown>\d+)</a>'
)
ROWS = [row.groupdict() for row in ROW.finditer(SUMMARY.read_text(encoding="utf-8"))]


def label(blocks: list[Block], number: int) -> str:
    """What a block is called: its title, that of the code above it, or its first line."""
    block = blocks[number - 1]
    if block.kind in ("output", "error", "warning"):
        return label(blocks, number - 1)
    first = next(line for line in block.code.splitlines() if line.strip())
    return (block.title or first.strip().removeprefix("$ ").rstrip(" \\")).replace('"', "'")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["claim"][:40])
def test_checklist_line_links_to_its_block(row: dict[str, str]) -> None:
    links = [match.groupdict() for match in LINK.finditer(row["proof"])]
    assert links, "no link to a block: <a href=… title=…>block&nbsp;N</a>"
    for link in links:
        name = link["page"] if "/" in link["page"] else f"outlook/{link['page']}"
        page = parse_page(PROJECT.docs / f"{name}.md", PROJECT)
        number = int(link["number"])
        assert link["number"] == link["shown"]
        same = [n for n in range(1, len(page.blocks) + 1) if label(page.blocks, n) == link["label"]]
        assert number in same, (
            f"block {number} of {name} is called {label(page.blocks, number)!r}; "
            f"{link['label']!r} is block {same}"
        )


def test_checklist_has_its_lines() -> None:
    assert len(ROWS) > 40
