"""Each program of examples/ runs by itself, in an empty folder, as its download would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fenceproof.conditions import missing_reason, skip_reason
from fenceproof.downloads import without_markers
from fenceproof.page import Page
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from fenceproof.run.pace import patience

PROJECT = find_project(Path(__file__))


def main_of(program: Path) -> Path:
    """The file to start: a page's program, or main.py in its folder."""
    return program if program.is_file() else program / "main.py"


PROGRAMS = [
    (page, main)
    for page in (parse_page(path, PROJECT) for path in PROJECT.pages())
    if page.program and (main := main_of(page.program)).is_file()
]
QUICK = {"concepts/serialization"}  # the rest is slow: pytest docs/ runs the same code


def builds(page: Page) -> list[str]:
    """The scripts with which the page's shell makes an artifact or weights."""
    lines = [line for block in page.blocks if block.kind == "console" for line in block.lines]
    scripts = [
        match[1]
        for line in lines
        if (match := re.match(r"\$ python ((?:build|save)\w*\.py)", line))
    ]
    return list(dict.fromkeys(scripts))


@pytest.mark.parametrize(
    ("page", "main"),
    [
        pytest.param(page, main, id=page.name, marks=() if page.name in QUICK else pytest.mark.slow)
        for page, main in PROGRAMS
    ],
)
def test_runs_by_itself(page: Page, main: Path, tmp_path: Path) -> None:
    known = PROJECT.hooks.conditions()
    if reason := missing_reason(page.needs, known):
        pytest.skip(reason)
    if reason := next(
        filter(
            None,
            (
                skip_reason(block.directive, known)
                for block in page.blocks
                if block.kind == "python"
            ),
        ),
        None,
    ):
        pytest.skip(reason)
    environment = os.environ | {
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    environment.setdefault("HANDBOOK_DATA", str(PROJECT.root / "data"))
    page.copy_to(tmp_path)
    if main.name == "main.py" and main.parent == page.program:
        shutil.copytree(
            page.program, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for script in builds(page):
        subprocess.run(
            [sys.executable, script],
            cwd=tmp_path,
            env=environment,
            check=True,
            timeout=patience(120),
            capture_output=True,
        )
    name = "the_page.py"  # artifact.py of a page is not the artifact.py that it imports
    (tmp_path / name).write_text(without_markers(main), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, name],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience(300),
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
