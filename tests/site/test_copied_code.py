"""What is copied is what was tested: byte for byte, and run again from the clipboard alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fenceproof import record
from fenceproof.languages import EXPECTED
from fenceproof.notebook import Notebook
from fenceproof.page import Page
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from fenceproof.run.pace import patience
from tests.browser import CHROMIUM, addresses_to_check, assert_no_faults, tab

PROJECT = find_project(Path(__file__))
CLICK = """async () => {
    const found = [];
    // nobody copies what is folded
    for (const box of document.querySelectorAll("details")) box.open = true;
    for (const button of document.querySelectorAll("button[data-md-type=copy]")) {
        await navigator.clipboard.writeText("\\u0000");
        button.click();
        let text = "\\u0000";
        for (let i = 0; i < 6000 && text === "\\u0000"; i++) {
            await new Promise((done) => setTimeout(done, 5));
            text = await navigator.clipboard.readText();
        }
        found.push(text);
    }
    return found;
}"""


def source(name: str) -> Path:
    base = PROJECT.docs / name.rstrip("/")
    options = (base.with_suffix(".md"), base / "index.md", base.with_suffix(".ipynb"))
    return next(path for path in options if path.is_file())


def expected(path: Path) -> list[str]:
    """What the copy buttons of a page must yield, in order:
    code of blocks that have a valid record.
    """
    if path.suffix == ".ipynb":
        cells = [c["source"] for c in Notebook(path, PROJECT).cells if c["cell_type"] == "code"]
        return [c.partition("\n")[2] if c.startswith("# alt: ") else c for c in cells]
    page = parse_page(path, PROJECT)
    entry = record.baseline(record.load(page), PROJECT)
    assert not page.blocks or (entry and record.is_valid(entry, page)), (
        f"{page.name} has no valid record"
    )
    return [b.copied for b in page.blocks if b.kind not in (*EXPECTED, "mermaid")]


def installs(path: Path) -> list[str]:
    """The line under the title that installs what the page needs, if it needs anything."""
    if path.suffix == ".ipynb":
        notebook = Notebook(path, PROJECT)
        packages = record.pin_versions(notebook.meta["requires"], notebook.stamp["versions"])
    else:
        page = parse_page(path, PROJECT)
        entry = record.baseline(record.load(page), PROJECT)
        packages = record.pin_versions(page.requires, entry["versions"]) if entry else page.requires
    return [f"pip install {' '.join(packages)}"] if packages else []


def clipboard(page: Any, address: str) -> list[str]:
    page.goto(address, wait_until="load")
    if page.locator(".highlight:not(.no-copy)").count():
        page.locator("button[data-md-type=copy]").first.wait_for(state="attached")
    texts: list[str] = page.evaluate(CLICK)
    return texts


@pytest.mark.parametrize(
    "slow", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["sample", "every"]
)
def test_copied_is_what_was_tested(site: Path, served: str, chromium: Any, slow: bool) -> None:
    faults = []
    with tab(chromium, permissions=["clipboard-read", "clipboard-write"]) as page:
        for name in addresses_to_check(site, 2, slow):
            path = source(name)
            want, got = installs(path) + expected(path), clipboard(page, served + name)
            if len(got) != len(want):
                faults.append(f"{name}: {len(got)} copy buttons for {len(want)} blocks")
            faults += [
                f"{name}: copied {g!r}, not {w!r}"
                for g, w in zip(got, want, strict=False)
                if g != w
            ]
    assert_no_faults(faults)


PASTE = """
import contextlib, io, json, subprocess, sys, types
main = types.ModuleType("__main__"); sys.modules["__main__"] = main
shell = None
for step in json.load(open("steps.json")):
    print("step", step["where"], flush=True)
    if step["do"] == "file":
        import pathlib
        path = pathlib.Path(step["title"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step["text"] + "\\n")
    elif step["do"] == "python":
        import ast, asyncio, inspect
        text = step["text"]
        try:
            code = compile(text, step["where"], "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if code.co_flags & inspect.CO_COROUTINE:
                asyncio.run(types.FunctionType(code, vars(main))())
            else:
                exec(code, vars(main))
        except BaseException as error:
            if not step["raises"]: raise
            if type(error).__name__ not in step["raises"]: raise
        else:
            assert not step["raises"], "raised nothing"
"""


def steps(page: Page, copied: list[str]) -> list[dict[str, Any]] | None:
    """What somebody does with the copied texts;
    nothing where a page needs a shell, or a tool that is not here.
    """
    programs: list[dict[str, Any]] = []
    texts = iter(copied)
    for block in page.blocks:
        if block.kind in (*EXPECTED, "mermaid"):
            continue
        text = next(texts)
        if "skip" in block.directive or block.kind == "text":
            continue
        if block.kind in ("console", "bash", "pycon", "script"):
            return None
        error = block.expects.get("error")
        raises = (
            error.code.strip().split("\n")[0].partition(":")[0].rpartition(".")[2] if error else ""
        )
        do = "python" if block.kind == "python" else "file" if block.kind == "file" else ""
        if do:
            programs.append(
                {
                    "do": do,
                    "title": block.title,
                    "text": text,
                    "where": block.where,
                    "raises": raises,
                }
            )
    return programs


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("path", PROJECT.pages(), ids=lambda p: PROJECT.name(p))
def test_pasted_in_order_it_runs(
    path: Path, site: Path, served: str, chromium: Any, tmp_path: Path
) -> None:
    """The copied blocks alone, in an empty folder, in a Python of its own."""
    page = parse_page(path, PROJECT)
    if not any(b.lang == "python" for b in page.blocks):
        pytest.skip("no Python on this page")
    entry = record.baseline(record.load(page), PROJECT)
    if entry is None or any(b["outcome"] == "skipped" for b in entry["blocks"]):
        pytest.skip("the page does not run whole on the baseline")
    with tab(chromium, permissions=["clipboard-read", "clipboard-write"]) as opened:
        copied = clipboard(opened, served + page.location)
    doing = steps(page, copied[len(installs(path)) :])
    if doing is None:
        pytest.skip(
            "its shell lines are covered by pytest docs/: here only files and Python are pasted"
        )
    page.copy_to(tmp_path)
    (tmp_path / "steps.json").write_text(json.dumps(doing))
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "FENCEPROOF_"))
    }
    environment |= {
        "PYTHONPATH": str(tmp_path),
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", PASTE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience(300),
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout[-600:]}\n{ran.stderr[-2500:]}"
