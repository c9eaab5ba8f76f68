"""A small handbook in a temporary folder, and a way to run it as people do."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

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
  - weave.markdown
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
        return self.write(f"docs/{name}.md", text if text.startswith("---") else f"# {title}\n\n{text}")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", *(arguments or ("docs",))]

    @property
    def environment(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "WEAVE_", "COV_"))}
        return own | {"NO_COLOR": "1", "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )


@pytest.fixture
def handbook(tmp_path: Path) -> Handbook:
    made = Handbook(tmp_path)
    made.write("mkdocs.yml", MKDOCS)
    made.write("pyproject.toml", "[tool.weave.baseline]\n")
    return made
