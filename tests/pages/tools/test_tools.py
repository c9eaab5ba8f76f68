"""Chapter 6: the scripts of the servers, the tables that sort, and the search for retired calls."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import markdown
import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience
from tests import browser

ROOT = find_project(Path(__file__)).root
ASSETS = ROOT / "docs/assets"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def run_servers(folder: Path, *arguments: str, timeout: float) -> dict[str, Any]:
    command = [
        sys.executable,
        str(ROOT / "benchmarks/servers.py"),
        "--results",
        str(folder),
        "--allow-busy",
        *arguments,
    ]
    subprocess.run(command, check=True, timeout=patience(timeout), capture_output=True)
    found: dict[str, Any] = json.loads((folder / "servers.json").read_text())
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("service")
def test_the_server_benchmark_still_works(tmp_path: Path) -> None:
    found = run_servers(tmp_path, "--quick", timeout=300)
    assert list(found["visits"]) == ["fastapi", "service", "litserve"]
    for name, (visit,) in found["visits"].items():
        assert "error" not in visit, f"{name}: {visit['error']}"
        assert set(visit["load"]) == {"1", "8", "32"} and visit["memory_mb"] > 50
        assert set(visit["load"]["8"]["seen"]) == {"200"}
    assert "| LitServe |" in (tmp_path / "servers.md").read_text()


@pytest.mark.slow
@pytest.mark.xdist_group("service")
def test_every_server_that_is_installed_here(tmp_path: Path) -> None:
    found = run_servers(tmp_path, "--rounds", "1", "--seconds", "1", timeout=1800)
    failed = {name: one["error"] for name, (one, *_) in found["visits"].items() if "error" in one}
    assert all("not installed" in error or "not run" in error for error in failed.values()), failed


def test_a_server_that_cannot_be_had_is_a_row() -> None:
    servers = load(ROOT / "benchmarks/servers.py")
    about = {
        "cpu": "a processor",
        "instructions": ["avx2"],
        "cores": 2,
        "load_at_start": 0.1,
        "system": "Linux",
        "python": "3.11.7",
        "versions": {"torch": "2.13.0"},
        "date": "2026-11-25",
    }
    visits = {
        "fastapi": [{"error": "the port is taken"}],
        "bentoml": [{"error": "not installed: run with --install"}],
    }
    result = {"about": about, "rounds": 1, "seconds": 1, "packages": {}, "visits": visits}
    assert "| BentoML | failed: not installed" in servers.speed(result, "digits")
    assert "failed: the port is taken" in servers.operation(result, "digits")


OLD = """
import torch as t
from torch import jit as script_it
from torch.nn import Linear
import torchtext

def f(model):  # torch.jit in a comment
    "torch.jit in a text"
    return t.ao.quantization.quantize_dynamic(script_it.freeze(model))

jit = {}
print(jit.get, Linear)
"""


def test_retired_names_are_found_by_what_they_mean(tmp_path: Path) -> None:
    find_retired = load(ROOT / "examples/tools/retired/find_retired.py")
    (tmp_path / "old.py").write_text(OLD)
    assert find_retired.find(tmp_path / "old.py") == [
        (3, "torch.jit"),
        (5, "torchtext"),
        (9, "torch.ao.quantization"),
        (9, "torch.jit"),
    ]


def test_a_link_is_never_called_dead_where_the_network_is_closed(tmp_path: Path) -> None:
    links = load(ROOT / "scripts/links.py")
    (tmp_path / "a.md").write_text(
        "[x](https://example.org/a#part) and [y](https://example.org/a_(b)) and `https://not.a.link`"
    )
    found = links.links(tmp_path)
    assert found == {"https://example.org/a": ["a.md"], "https://example.org/a_(b)": ["a.md"]}
    assert "not been checked yet" in links.line(
        {"links": found, "checked": {}, "date": "2026-11-25"}
    )
    dead = links.line(
        {
            "links": found,
            "checked": {"https://example.org/a": "404", "https://example.org/a_(b)": "200"},
            "date": "2026-11-25",
        }
    )
    assert "1 did not answer" in dead and "linked on a.md" in dead


TABLE = """
<div class="sortable" markdown>

| Server | Ratio | Note |
|---|--:|---|
| one | 1 (1,200/s) | base |
| two | **10.5 x** (9 to 11) | fast |
| three | **0.5 x** (0.4 to 1) | slow |
| four | failed: no port | |
| five | **2 x** (1 to 3) | fast |
| six | **1.5 x** (1 to 3) | |

</div>

<div class="questions" data-ask="2" markdown>

| Called from | Runs on | Take |
|---|---|---|
| Python or C++ | a server | A |
| C++ | a phone or a board | B |
| any | a browser | C |

</div>
"""


@pytest.fixture
def page(tmp_path: Path) -> str:
    body = markdown.markdown(TABLE, extensions=["tables", "md_in_html"])
    style, script = ((ASSETS / name).read_text() for name in ("css/tables.css", "js/tables.js"))
    (tmp_path / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><style>'
        f'{style}</style><body class="md-typeset">{body}<script>{script}</script>'
    )
    return (tmp_path / "index.html").as_uri()


def column(tab: Any, box: str, number: int) -> list[str]:
    return list(
        tab.eval_on_selector_all(
            f"{box} tbody tr:not([hidden]) td:nth-child({number})",
            "cells => cells.map(c => c.textContent)",
        )
    )


def test_tables_sort_and_filter(page: str, chromium: Any) -> None:
    with browser.tab(chromium, browser.PHONE) as tab:
        tab.goto(page)
        tab.get_by_role("button", name="Ratio").click()
        assert column(tab, ".sortable", 1) == ["three", "one", "six", "five", "two", "four"]
        tab.keyboard.press("Enter")  # the button keeps the focus
        assert column(tab, ".sortable", 1) == ["two", "five", "six", "one", "three", "four"], (
            "what has no number stays last"
        )
        assert tab.locator(".sortable th").nth(1).get_attribute("aria-sort") == "descending"
        tab.get_by_label("Rows with").fill("FAST")
        assert column(tab, ".sortable", 1) == ["two", "five"]
        assert tab.locator(".sortable [role=status]").inner_text() == "2 of 6 rows"


def test_questions_narrow_each_other(page: str, chromium: Any) -> None:
    with browser.tab(chromium, browser.PHONE) as tab:
        tab.goto(page)
        tab.get_by_label("Called from").select_option("C++")
        assert column(tab, ".questions", 3) == ["A", "B", "C"]
        tab.get_by_label("Runs on").select_option("a board")
        assert column(tab, ".questions", 3) == ["B"]
        assert tab.locator(".questions [role=status]").inner_text() == "1 of 3 recommendations fit"
        tab.get_by_role("button", name="Start again").click()
        tab.wait_for_function(
            "document.querySelectorAll('.questions tbody tr[hidden]').length === 0"
        )
        options = tab.get_by_label("Runs on").locator("option").all_inner_texts()
        assert options == ["no matter", "a server", "a phone", "a board", "a browser"]
