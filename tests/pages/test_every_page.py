"""The handbook itself: pages and programs agree."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from fenceproof.notebook import Notebook, notebooks
from fenceproof.page import Page, files_of
from fenceproof.project import find_project
from fenceproof.reader import parse_page

PROJECT = find_project(Path(__file__))
PAGES = [parse_page(path, PROJECT) for path in PROJECT.pages()]
ASSETS = {".css", ".js", ".html", ".svg"}


def statements(text: str) -> set[str]:
    """Every simple statement of a program, as Python itself would write it;
    prints of caught errors apart.
    """
    texts: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and not docstring:
            texts.add(ast.unparse(node))
    return texts


def handlers(text: str) -> set[str]:
    """What stands in the `except` that a section which must raise is wrapped in."""
    tries = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Try)]
    return {
        ast.unparse(s)
        for t in tries
        for h in t.handlers
        for s in ast.walk(h)
        if isinstance(s, ast.stmt)
    }


@pytest.mark.parametrize("page", [p for p in PAGES if p.program], ids=lambda p: p.name)
def test_a_page_shows_all_of_its_program(page: Page) -> None:
    assert page.program
    shown: set[str] = set()
    # a bundle is shown by its pages together
    for user in [page, *(p for p in PAGES if page.program in p.folders)]:
        for block in user.blocks:
            if block.lang == "python":
                shown |= statements(block.code)
    for path in [page.program] if page.program.is_file() else sorted(page.program.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        hidden = statements(text) - shown - handlers(text)
        assert not hidden, (
            f"{path.relative_to(PROJECT.root)} does what the page does not show: "
            f"{sorted(hidden)[:5]}"
        )


@pytest.mark.parametrize("page", [p for p in PAGES if p.blocks], ids=lambda p: p.name)
def test_page_has_front_matter_and_narrow_code(page: Page) -> None:
    assert page.meta.get("title") and page.meta.get("description"), "title and description"
    wide = [
        b.where
        for b in page.blocks
        if b.lang == "python" and any(len(line) > 80 for line in b.lines)
    ]
    assert not wide, f"lines over 80 columns: {wide}"


def test_every_program_has_its_page() -> None:
    twins = {p.program for p in PAGES} | {
        Notebook(path, PROJECT).source for path in notebooks(PROJECT)
    }
    examples = PROJECT.root / "examples"
    lonely = [
        p
        for p in examples.rglob("*.py")
        if p not in twins and not any(t in p.parents for t in twins if t)
    ]
    assert not lonely


def test_examples_and_records_mirror_the_pages() -> None:
    pages = {page.name for page in PAGES} | {PROJECT.name(path) for path in notebooks(PROJECT)}
    examples, records = PROJECT.root / "examples", PROJECT.root / "records"
    chapters = [p for p in examples.iterdir() if (PROJECT.docs / p.name).is_dir()]
    below = [p for chapter in chapters for p in chapter.iterdir() if p.is_dir()]
    folders = {p.relative_to(examples).as_posix() for p in below if p.name != "__pycache__"}
    assert folders <= pages
    assert {p.relative_to(records).with_suffix("").as_posix() for p in records.rglob("*.json")} <= (
        pages
    )
    alone = [name for name in folders if [*files_of(examples / name)] == ["main.py"]]
    assert not alone, "a folder means several files"


def test_no_registry_address_and_no_path_of_a_machine() -> None:
    # Written in pieces, so that this file does not name them itself.
    refused = re.compile(
        "|".join(
            [
                "pypi" + r"\.org",
                "npm" + r"js\.com",
                "registry" + r"\.npm",
                "debian" + r"\.org",
                "/work" + "/main",
                "/root" + "/",
            ]
        )
    )
    listed = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT.root, capture_output=True, text=True, check=False
    ).stdout.split()
    for name in listed:
        path = PROJECT.root / name
        if (
            path.suffix
            in {".md", ".py", ".yml", ".toml", ".txt", ".json", ".js", ".css", ".html", ".svg", ""}
            and path.is_file()
        ):
            match = refused.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not match, f"{name}: {match and match[0]}"
