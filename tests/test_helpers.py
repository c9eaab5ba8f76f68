"""The tests' own rules and helpers: work folders, waits that notice a death, public behavior."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fenceproof.project import find_project
from tests import work_folder
from tests.waiting import run_coroutine, wait_until

PAGE = "concepts/serialization"  # any page with a program
CASES = """\
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["serialization.py", "of-no-page.py"])
def test_file_is_here(name):
    assert Path(name).is_file()


def test_other_page_is_not_here():
    assert not Path("loading.py").exists()


@pytest.mark.skip(reason="not today")
def test_skipped():
    pass
"""


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "test_cases.py"
    path.write_text(CASES)
    return path


def test_tests_run_in_the_work_folder_and_failures_name_their_line(cases: Path) -> None:
    outcome = work_folder.run(PAGE, [str(cases)])
    kinds = {name: [case.kind for case in cases] for name, cases in outcome.cases.items()}
    assert kinds == {
        "test_cases::test_file_is_here": ["passed", "failure"],
        "test_cases::test_other_page_is_not_here": ["passed"],
        "test_cases::test_skipped": ["skipped"],
    }
    wrong = outcome.cases["test_cases::test_file_is_here"][1]
    assert wrong.name == "test_file_is_here[of-no-page.py]"
    assert "test_cases.py:8: AssertionError" in wrong.text
    assert "not today" in outcome.cases["test_cases::test_skipped"][0].text


def test_process_that_dies_leaves_its_output(cases: Path) -> None:
    cases.write_text("import os\n\n\ndef test_dies():\n    os.abort()\n")
    outcome = work_folder.run(PAGE, [str(cases)])
    assert not outcome.cases
    assert "test_cases.py" in outcome.output and "line 5 in test_dies" in outcome.output
    assert "exit code -6" in outcome.output


def test_each_marked_file_belongs_to_a_page() -> None:
    project = find_project(Path(__file__))
    tests = Path(__file__).parent / "pages"
    pages = {
        path.parent.relative_to(tests).as_posix()
        for path in tests.rglob("test_*.py")
        if work_folder.is_marked(path)
    }
    assert pages
    assert not [page for page in pages if not (project.docs / f"{page}.md").is_file()]


def test_no_test_of_a_page_reads_a_private_attribute() -> None:
    """Underscored attributes are the business of the object that has them."""
    faults = []
    for path in (Path(__file__).parent / "pages").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
                owner = ast.unparse(node.value)
                if owner not in ("self", "cls"):
                    faults.append(f"{path.name}:{node.lineno}: {owner}.{node.attr}")
    assert not faults


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


def start(program: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("w") as output:
        return subprocess.Popen([sys.executable, "-c", program], stdout=output, stderr=output)


def test_wait_ends_with_the_process_and_shows_its_output(log: Path) -> None:
    with (
        start("raise SystemExit('no such model')", log) as process,
        pytest.raises(pytest.fail.Exception) as failure,
    ):
        wait_until(lambda: False, "it is ready", 600, process=process, output=log)
    assert str(failure.value) == "the process ended with 1 before: it is ready\nno such model\n"


def test_last_act_of_a_process_may_be_the_event(log: Path) -> None:
    with start("print('ready')", log) as process:
        process.wait()
        wait_until(lambda: "ready" in log.read_text(), "it is ready", process=process)


def test_wait_ends_after_its_limit(log: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"not within .* s: it is ready"):
        wait_until(lambda: False, "it is ready", 0.01)


def test_a_coroutine_runs_beside_a_loop_of_the_main_thread() -> None:
    async def number() -> int:
        return 7

    async def inside() -> int:
        return run_coroutine(number())

    assert run_coroutine(number()) == 7 == run_coroutine(inside())
