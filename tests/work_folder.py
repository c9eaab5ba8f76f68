"""Tests that run in a page's work folder.

A test of tests/pages/<chapter>/<page>/ may import the modules of its page. Names such as `service`
or `train` mean another module on each page, so these tests run in a pytest process of their own,
one for each page, whose working directory is a folder with the files of the page's program and
with those that it uses. A file asks for this with

    pytestmark = pytest.mark.work_folder

The run outside shows each of its test functions as an item. A parametrized function is one item,
which fails if one of its cases does.
"""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from fenceproof.run.pace import patience
from tests.waiting import shown

PROJECT = find_project(Path(__file__))
ROOT = PROJECT.root
MARK = "work_folder"
INSIDE = "HANDBOOK_WORK_FOLDER"  # environment variable of the processes that run the tests
LIMIT_S, PAGE_LIMIT_S = 120, 300  # of one test, and of all tests of a page


@dataclass
class Outcome:
    """How the tests of a page ended."""

    cases: dict[str, list[Case]]  # by file and function, see `key`
    output: str  # the end of what the process printed


@dataclass
class Case:
    """One test with one set of its parameters."""

    name: str
    kind: str  # passed, failure, error or skipped
    text: str


OUTCOMES = pytest.StashKey[dict[str, Outcome]]()


def marks_of(nodes: Iterable[ast.expr]) -> set[str]:
    """The names of marks without arguments, such as `pytest.mark.slow`."""
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytest.mark"
    }


def module_marks(tree: ast.Module) -> set[str]:
    """What a module assigns to `pytestmark`: one mark, or a list of them."""
    marks: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            value = node.value
            marks |= marks_of(value.elts if isinstance(value, ast.List) else [value])
    return marks


def is_marked(path: Path) -> bool:
    """Whether the tests of a file run in the work folder of its page."""
    return MARK in module_marks(ast.parse(path.read_text(encoding="utf-8")))


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """The tests of a module."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    ]


class WorkFolderFile(pytest.File):
    """A file whose tests run in a page's work folder. It is read, not imported."""

    def collect(self) -> Iterator[WorkFolderTest]:
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                raise self.CollectError(f"{self.path}:{node.lineno}: tests here are functions")
        for node in functions(tree):
            test = WorkFolderTest.from_parent(self, name=node.name, line=node.lineno)
            for mark in module_marks(tree) | marks_of(node.decorator_list):
                test.add_marker(mark)
            test.add_marker(pytest.mark.xdist_group(test.page))  # one process runs them all
            yield test


class WorkFolderTest(pytest.Item):
    """One test function, with all its cases."""

    def __init__(self, *, line: int, **arguments: object) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.line = line
        self.page = self.path.parent.relative_to(ROOT / "tests/pages").as_posix()
        self.key = key(self.path.stem, self.name)

    def runtest(self) -> None:
        outcomes = self.session.stash.setdefault(OUTCOMES, {})
        if self.page not in outcomes:
            items = [item for item in self.session.items if isinstance(item, WorkFolderTest)]
            chosen = [(item.path, item.name) for item in items if item.page == self.page]
            outcomes[self.page] = run(self.page, arguments(chosen))
        outcome = outcomes[self.page]
        cases = outcome.cases.get(self.key, [])
        if not cases:  # the module cannot be imported, or the process died
            pytest.fail(f"the test did not run:\n{outcome.output}", pytrace=False)
        if wrong := [case for case in cases if case.kind in ("failure", "error")]:
            text = "\n\n".join(f"{case.name}\n{case.text}" for case in wrong)
            pytest.fail(text, pytrace=False)
        if all(case.kind == "skipped" for case in cases):
            pytest.skip(cases[0].text)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.line - 1, self.name


def key(module: str, function: str) -> str:
    return f"{module}::{function}"


def arguments(tests: list[tuple[Path, str]]) -> list[str]:
    """What pytest has to be told to run these functions of these files.

    A file whose tests all run is named by itself: if it cannot be imported, the others still run.
    """
    chosen: dict[Path, list[str]] = defaultdict(list)
    for path, name in tests:
        chosen[path].append(name)
    selected: list[str] = []
    for path, names in chosen.items():
        everything = {node.name for node in functions(ast.parse(path.read_text(encoding="utf-8")))}
        some = everything - {*names}
        selected += [f"{path}::{name}" for name in names] if some else [str(path)]
    return selected


def run(page: str, tests: list[str]) -> Outcome:
    """Run tests in the work folder of a page, in a pytest of their own.

    Args:
        page: its name, such as `scenarios/sentiment`.
        tests: what pytest has to be told, see `arguments`.
    """
    with tempfile.TemporaryDirectory(prefix="page-") as name:
        folder, log, results = (Path(name) / part for part in ("work", "log.txt", "results.xml"))
        folder.mkdir()
        load_page(PROJECT.docs / f"{page}.md", PROJECT).copy_to(folder, with_program=True)
        command = [sys.executable, "-m", "pytest", "-q", "--color=no", *tests]
        command += ["--continue-on-collection-errors"]
        command += [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}"]
        command += ["-p", "no:cacheprovider", "-p", "timeout", f"--junitxml={results}"]
        command += ["-o", "junit_family=xunit1"]  # the one that names the file
        command += [f"--timeout={patience(LIMIT_S):.0f}", f"--basetemp={Path(name) / 'tmp'}"]
        with (
            log.open("w") as output,
            subprocess.Popen(
                command,
                cwd=folder,
                env=environment(folder),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                process.wait(patience(PAGE_LIMIT_S))
            except subprocess.TimeoutExpired:
                output.write(f"\ncut off after {patience(PAGE_LIMIT_S):.0f} s")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        return Outcome(read_results(results), f"{shown(log)}\nexit code {process.returncode}")


def environment(folder: Path) -> dict[str, str]:
    """One thread, the page's modules first, and nothing of the pytest outside."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    return {"HANDBOOK_DATA": str(ROOT / "data")} | inherited | {
        INSIDE: str(folder),
        "OMP_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the others take seconds to start
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "PYTHONUTF8": "1",
    }  # fmt: skip


def read_results(path: Path) -> dict[str, list[Case]]:
    """The cases of a report in JUnit's format; none if the process died before it wrote one."""
    cases: dict[str, list[Case]] = defaultdict(list)
    if path.is_file():
        for element in ElementTree.parse(path).iter("testcase"):
            name = element.get("name", "")
            module = Path(element.get("file", "")).stem
            result = next((e for e in element if e.tag in ("failure", "error", "skipped")), None)
            kind, text = ("passed", "") if result is None else (result.tag, result.text or "")
            text = text.replace(f"{ROOT}/", "")
            cases[key(module, name.partition("[")[0])].append(Case(name, kind, text))
    return cases
