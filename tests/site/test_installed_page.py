"""The line under a title installs what the page needs: tried in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from fenceproof.run.pace import patience

# one page a kind of needs: torch alone, with another runtime, with a service, with pictures
PAGES = [
    "concepts/serialization",
    "faq/quantized-model-export",
    "algorithms/distillation",
    "outlook/interpretability",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_where_its_line_was_typed(site: Path, name: str, tmp_path: Path) -> None:
    html = BeautifulSoup((site / name / "index.html").read_text(encoding="utf-8"), "html.parser")
    box = html.select_one(".install code")
    assert box
    pip, *rest = box.get_text().split()
    assert pip == "pip"
    environment, folder = tmp_path / "environment", tmp_path / "empty"
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = str(environment / "bin" / "python")
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    program = str(site / "downloads" / f"{name}.py")
    for command in ([python, "-m", "pip", "--quiet", *rest], [python, program]):
        ran = subprocess.run(
            command,
            cwd=folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=patience(600),
            check=False,
        )
        assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout
