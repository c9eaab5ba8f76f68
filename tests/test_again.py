"""What failed beside others is run once more, and nothing that is broken passes by it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.again import MOST, failed, main

UNSTEADY = """
from pathlib import Path

def test_unsteady():
    seen = Path("seen").exists()
    Path("seen").touch()
    assert seen

def test_steady():
    pass
"""


def run(folder: Path) -> int:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--cache-clear",
        "--rootdir",
        str(folder),
        "test_x.py",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_what_passes_alone_is_named(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary"))
    (folder / "test_x.py").write_text(UNSTEADY)
    assert run(folder) == 1
    assert failed(folder) == ["test_x.py::test_unsteady"]
    assert main(folder) == 0
    assert (
        "UNSTEADY: failed beside others, passed alone:\n- test_x.py::test_unsteady"
        in capfd.readouterr().out
    )
    assert "test_unsteady" in (folder / "summary").read_text()


def test_what_is_broken_fails_again(folder: Path) -> None:
    (folder / "test_x.py").write_text("def test_broken():\n    assert False\n")
    assert run(folder) == 1
    assert main(folder) == 1


@pytest.mark.parametrize(
    "text", ["def broken(:", "\n".join(f"def test_{n}(): assert False" for n in range(MOST + 1))]
)
def test_a_broken_run_is_no_accident(folder: Path, text: str) -> None:
    (folder / "test_x.py").write_text(text)
    assert run(folder) != 0
    assert main(folder) != 0


def test_without_a_failure_nothing_is_excused(folder: Path) -> None:
    assert main(folder) == 1


def test_a_page_is_run_again_as_a_whole(tmp_path: Path) -> None:
    cache = tmp_path / ".pytest_cache/v/cache"
    cache.mkdir(parents=True)
    (cache / "lastfailed").write_text(
        '{"docs/a.md::line:4,column:1": true, "docs/a.md::line:9,column:1": true}'
    )
    assert failed(tmp_path) == ["docs/a.md"]
