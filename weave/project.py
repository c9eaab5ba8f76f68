"""Where the handbook lives and how it is configured: one `Project` a root."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

TRANSLATION = re.compile(r"\.[a-z]{2}$")  # x.zh.md beside x.md


@dataclass(frozen=True)
class AllowedWarning:
    """A warning that a library sets off inside, listed in pyproject.toml."""

    message: str  # regular expression, matched from the start of the text
    package: str  # the library at fault
    link: str  # the upstream issue or source


@dataclass(frozen=True)
class Project:
    """The folder that holds mkdocs.yml and everything beside it."""

    root: Path
    docs: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "docs", self.root / "docs")

    @cached_property
    def _mkdocs(self) -> dict[str, Any]:
        class Loader(yaml.SafeLoader):
            """Reads mkdocs.yml, whose `!ENV` and `!!python/name:` do not matter here."""

        Loader.add_multi_constructor("", lambda loader, tag, node: None)
        text = (self.root / "mkdocs.yml").read_text(encoding="utf-8")
        return yaml.load(text, Loader) or {}

    @cached_property
    def snippets(self) -> dict[str, Any]:
        """Options of pymdownx.snippets, from mkdocs.yml, so that test and site agree."""
        options: dict[str, Any] = {"base_path": ["."]}
        for extension in self._mkdocs.get("markdown_extensions", []):
            if isinstance(extension, dict) and extension.get("pymdownx.snippets"):
                options |= extension["pymdownx.snippets"]
        base = options["base_path"]
        bases = [base] if isinstance(base, str) else base
        return options | {"base_path": [str(self.root / b) for b in bases], "check_paths": True}

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The table `[tool.weave]` of pyproject.toml."""
        path = self.root / "pyproject.toml"
        tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        found: dict[str, Any] = tables.get("tool", {}).get("weave", {})
        return found

    @cached_property
    def allowed_warnings(self) -> list[AllowedWarning]:
        return [AllowedWarning(**entry) for entry in self.settings.get("warnings", [])]

    def pages(self) -> list[Path]:
        """Every page under docs/, in the order of their names."""
        return sorted(self.docs.rglob("*.md"))

    def name(self, page: Path) -> str:
        """`background/stack` for docs/background/stack.md and for its translations."""
        return TRANSLATION.sub("", page.relative_to(self.docs).with_suffix("").as_posix())

    def is_translation(self, page: Path) -> bool:
        return bool(TRANSLATION.search(page.with_suffix("").name))

    def shown(self, path: Path | str) -> str:
        """A path as people write it: relative to the root where possible."""
        path = Path(path)
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )


@lru_cache(maxsize=32)
def project_at(root: Path) -> Project:
    return Project(root)


def find_project(start: Path) -> Project:
    """The project that `start` lies in.

    Raises:
        FileNotFoundError: no folder above holds a mkdocs.yml.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "mkdocs.yml").is_file():
            return project_at(folder)
    raise FileNotFoundError(f"{start}: no mkdocs.yml in this folder or above it")


def replace(path: Path, text: str) -> None:
    """Write a file so that an interruption leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
