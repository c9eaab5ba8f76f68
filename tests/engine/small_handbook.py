"""A small handbook in a temporary folder, and a way to run and build it as people do."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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
        own = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("PYTEST_", "FENCEPROOF_", "COV_")) or k == pace.FACTOR
        }
        return own | {
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }

    def run(self, *arguments: str, limit: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=patience(limit),
            check=False,
        )


def build(handbook: Handbook, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q"],
        cwd=handbook.root,
        env=handbook.environment | {"FENCEPROOF_STRICT": "1"} | variables,
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )
