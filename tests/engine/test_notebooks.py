"""Notebooks: the published one is its source as it ran,
and what is wrong is said with file and line.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fenceproof.compare import Mismatch
from fenceproof.notebook import Notebook, notebooks
from fenceproof.project import find_project
from tests.engine.small_handbook import PYPROJECT, Handbook, outcomes

SOURCE = """\
# ---
# title: "Numbers"
# description: See that a notebook runs.
# requires: []
# uses: [bundle]
# ---

# %% [markdown]
# # Numbers

# %%
from helper import TWO

print(TWO + 2)

# %%
# alt: A red square.
import base64
from IPython.display import Image

Image(base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="))
"""
REAL = find_project(Path(__file__))


@pytest.fixture
def numbers(handbook: Handbook) -> Handbook:
    handbook.write("examples/numbers.py", SOURCE)
    handbook.write("examples/bundle/helper.py", "TWO = 2\n")
    handbook.write("docs/numbers.ipynb", "")
    return handbook


def test_notebook_is_made_then_compared_and_recorded(numbers: Handbook) -> None:
    """An empty file becomes the executed notebook; after that it is compared, and left alone."""
    first = numbers.run("docs", "--update", "--record")
    assert outcomes(first) == {"passed": 1}, first.stdout
    published = numbers.root / "docs/numbers.ipynb"
    notebook = json.loads(published.read_text())
    assert notebook["cells"][1]["outputs"][0]["text"] == ["4\n"]
    assert "image/png" in notebook["cells"][2]["outputs"][0]["data"]
    stamp = notebook["metadata"]["fenceproof"]
    assert stamp["hash"] == Notebook(published, find_project(published)).hash and stamp["date"]

    before = published.read_bytes()
    assert outcomes(numbers.run("docs")) == {"passed": 1}
    assert published.read_bytes() == before
    assert "1 pages unchanged" in numbers.run("docs", "--changed").stdout

    numbers.write("examples/bundle/helper.py", "TWO = 3\n")
    wrong = numbers.run("docs")
    assert "examples/numbers.py:11: the published notebook shows:" in wrong.stdout
    assert "4" in wrong.stdout and "but got" in wrong.stdout
    assert published.read_bytes() == before


def test_another_environment_than_the_baseline_leaves_the_stamp_alone(numbers: Handbook) -> None:
    numbers.run("docs", "--update", "--record")
    published = numbers.root / "docs/numbers.ipynb"
    notebook = json.loads(published.read_text())
    notebook["metadata"]["fenceproof"]["python"] = "2.7"
    published.write_text(json.dumps(notebook))
    numbers.write("pyproject.toml", PYPROJECT + 'python = "2.7"\n')
    assert outcomes(numbers.run("docs", "--record")) == {"passed": 1}
    assert json.loads(published.read_text()) == notebook
    numbers.write("pyproject.toml", PYPROJECT)
    assert outcomes(numbers.run("docs", "--record")) == {"passed": 1}
    assert json.loads(published.read_text()) != notebook


def edited(old: str, new: str) -> str:
    assert old in SOURCE
    return SOURCE.replace(old, new)


BAD = {
    "raises": (edited("TWO + 2", "TWO + nowhere"), "examples/raises.py:11: a cell raised"),
    "warns": (
        edited("print(TWO + 2)", "import warnings\nwarnings.warn('old', FutureWarning)"),
        "examples/warns.py:11: a cell that teaches current usage sets off",
    ),
    "no-alt": (
        edited("# alt: A red square.\n", ""),
        "examples/no-alt.py:16: a cell that draws begins with a line `# alt:",
    ),
    "front-matter": (
        edited("# uses: [bundle]\n", ""),
        "examples/front-matter.py:1: the front matter of a notebook has",
    ),
    "no-bundle": (
        edited("[bundle]", "[nowhere]"),
        "examples/no-bundle.py:1: uses: there is no folder examples/nowhere",
    ),
}


def test_error_names_file_and_line(handbook: Handbook) -> None:
    handbook.write("examples/bundle/helper.py", "TWO = 2\n")
    for name, (text, _) in BAD.items():
        handbook.write(f"examples/{name}.py", text)
        handbook.write(f"docs/{name}.ipynb", "")
    result = handbook.run("docs", "--update")
    assert f"{len(BAD)} failed" in result.stdout, result.stdout
    for _, message in BAD.values():
        assert message in result.stdout, result.stdout


def test_notebook_without_source_or_in_another_format_is_refused(numbers: Handbook) -> None:
    numbers.write("docs/lonely.ipynb", "{}")
    numbers.write("docs/numbers.ipynb", "{\n not json")
    result = numbers.run("docs")
    assert (
        "docs/lonely.ipynb:1: a notebook without a source: there is no examples/lonely.py"
        in result.stdout
    )
    assert "docs/numbers.ipynb:2: not a notebook" in result.stdout


@pytest.mark.parametrize("path", notebooks(REAL), ids=lambda p: p.stem)
def test_the_published_cells_are_those_of_the_source(path: Path) -> None:
    """Without running anything: what readers see is what the source says, and it ran."""
    notebook = Notebook(path, REAL)
    cells = ["".join(c["source"]) for c in notebook.published["cells"]]
    assert cells == [c["source"] for c in notebook.cells]
    assert notebook.stamp["hash"] == notebook.hash, (
        "changed since it ran: pytest docs --update --record"
    )
    assert path.stat().st_size <= 300_000
    for cell in notebook.published["cells"]:
        assert not any(o["output_type"] == "error" for o in cell.get("outputs", []))


def test_large_notebook_is_refused(numbers: Handbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fenceproof.notebook.SIZE", 100)
    path = numbers.root / "docs/numbers.ipynb"
    with pytest.raises(Mismatch, match=r"docs/numbers.ipynb:1: [\d,]+ bytes; at most 100"):
        Notebook(path, find_project(path)).write({"cells": [], "metadata": {}}, {"date": "x" * 200})
