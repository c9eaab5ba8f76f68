"""A small handbook in a temporary folder, and a way to run and build it as people do."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from fenceproof.run import pace
from fenceproof.run.pace import patience

MKDOCS = """\
site_name: small
markdown_extensions:
  - attr_list
  - pymdownx.highlight:
      pygments_lang_class: true
  - pymdownx.superfences
  - pymdownx.tabbed:
      alternate_style: true
  - pymdownx.snippets:
      base_path: [.]
      dedent_subsections: true
  - fenceproof
"""


# the hooks of this handbook, since pages of the tests use torch
PYPROJECT = """\
[tool.fenceproof]
hooks = "handbook.environment:Environment"
named = ["torch"]
record = "make record"
[tool.fenceproof.baseline]
"""


@dataclass
class Handbook:
    """A handbook of a test's own."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def page(self, name: str, text: str, title: str = "A page") -> Path:
        return self.write(
            f"docs/{name}.md",
            text if text.lstrip("\ufeff").startswith("---") else f"# {title}\n\n{text}",
        )

    def command(self, *arguments: str) -> list[str]:
        # the others take seconds to start
        plugins = ["-p", "fenceproof", "-p", "timeout", "-p", "xdist", "-p", "no:cacheprovider"]
        return [sys.executable, "-m", "pytest", "-q", *plugins, "-rs", *(arguments or ("docs",))]

    @property
    def environment(self) -> dict[str, str]:
        inherited = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("PYTEST_", "FENCEPROOF_", "COV_")) or k == pace.FACTOR
        }
        return inherited | {
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }

    def start(
        self, command: list[str], limit: float = 120, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in the handbook's folder."""
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=patience(limit),
            check=False,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run pytest, on all pages unless `arguments` say otherwise."""
        return self.start(self.command(*arguments), 120, **environment)

    def fenceproof(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the engine's own command, such as `fenceproof downloads`."""
        return self.start([sys.executable, "-m", "fenceproof", *arguments])


def build(handbook: Handbook, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q"]
    return handbook.start(command, 60, FENCEPROOF_STRICT="1", **variables)


def outcomes(ran: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How many blocks ended how, as pytest's last line says: {"passed": 7, "failed": 1}."""
    return pytest.RunResult.parse_summary_nouns(ran.stdout.splitlines())


def running(command: str) -> list[psutil.Process]:
    """The processes on this machine that run exactly this command."""
    processes = psutil.process_iter(["cmdline"])
    return [one for one in processes if " ".join(one.info["cmdline"] or []) == command]
