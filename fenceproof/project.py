"""Where the handbook is and how it is configured: one `Project` per root."""

from __future__ import annotations

import os
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from fenceproof.hooks import Hooks

TRANSLATION = re.compile(r"\.[a-z]{2}$")  # x.zh.md beside x.md


@dataclass(frozen=True)
class AllowedWarning:
    """A warning that a library sets off inside, listed in pyproject.toml."""

    message: str  # regular expression, matched from the start of the text
    package: str  # the library at fault
    link: str  # the upstream issue or source
    versions: str = ""  # where it is set off, if not with all: `python>=3.12`


@dataclass(frozen=True)
class Project:
    """The folder that holds mkdocs.yml and everything beside it."""

    root: Path
    docs: Path = field(init=False)
    # cache of parsed files: (kind, path) -> result
    memory: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "docs", self.root / "docs")

    @cached_property
    def config(self) -> dict[str, Any]:
        """The settings of mkdocs.yml; what `!ENV` names is taken from the environment."""

        class Loader(yaml.SafeLoader):
            """Reads mkdocs.yml, whose `!!python/name:` does not matter here."""

        Loader.add_multi_constructor("", lambda loader, tag, node: None)
        Loader.add_constructor("!ENV", lambda loader, node: os.environ.get(node.value) or None)
        text = (self.root / "mkdocs.yml").read_text(encoding="utf-8")
        return yaml.load(text, Loader) or {}

    @property
    def site_url(self) -> str:
        """Where the site will be, ending in a slash; empty if not configured."""
        address = str(self.config.get("site_url") or "").rstrip("/")
        return f"{address}/" if address else ""

    @property
    def navigation(self) -> list[str]:
        """The pages of `nav:` in mkdocs.yml, `background/stack.md`, in its order."""

        def pages(entry: Any) -> Iterator[str]:
            if isinstance(entry, str):
                yield entry
            elif isinstance(entry, list):
                for item in entry:
                    yield from pages(item)
            elif isinstance(entry, dict):
                for item in entry.values():
                    yield from pages(item)

        return list(pages(self.config.get("nav", [])))

    @cached_property
    def snippets(self) -> dict[str, Any]:
        """Options of pymdownx.snippets, from mkdocs.yml, so that test and site agree."""
        options: dict[str, Any] = {"base_path": ["."]}
        for extension in self.config.get("markdown_extensions", []):
            if isinstance(extension, dict) and extension.get("pymdownx.snippets"):
                options |= extension["pymdownx.snippets"]
        base = options["base_path"]
        bases = [base] if isinstance(base, str) else base
        return options | {"base_path": [str(self.root / b) for b in bases], "check_paths": True}

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The table `[tool.fenceproof]` of pyproject.toml."""
        path = self.root / "pyproject.toml"
        tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        settings: dict[str, Any] = tables.get("tool", {}).get("fenceproof", {})
        return settings

    @cached_property
    def hooks(self) -> Hooks:
        """The project's own, or the defaults.

        Raises:
            ImportError, AttributeError: pyproject.toml names something that is not there.
        """
        name = self.settings.get("hooks")
        hooks: Hooks = pkgutil.resolve_name(name)() if name else Hooks()
        return hooks

    @property
    def record_command(self) -> str:
        """The command that writes records, `record` in `[tool.fenceproof]`."""
        return str(self.settings.get("record", "pytest docs --record"))

    @property
    def named(self) -> list[str]:
        """The packages whose versions name an environment, `named` in `[tool.fenceproof]`."""
        return list(self.settings.get("named", []))

    @cached_property
    def allowed_warnings(self) -> list[AllowedWarning]:
        """The entries `[[tool.fenceproof.warnings]]` of pyproject.toml."""
        return [AllowedWarning(**entry) for entry in self.settings.get("warnings", [])]

    def pages(self) -> list[Path]:
        """Every page under docs/, in the order of their names."""
        return sorted(self.docs.rglob("*.md"))

    def name(self, page: Path) -> str:
        """`background/stack` for docs/background/stack.md and for its translations."""
        return TRANSLATION.sub("", page.relative_to(self.docs).with_suffix("").as_posix())

    def used_folder(self, name: str) -> Path:
        """The folder that a page names under `uses:`.

        Args:
            name: `assets/…`, or the name of a folder below examples/.
        """
        return self.root / name if name.startswith("assets/") else self.root / "examples" / name

    def is_translation(self, page: Path) -> bool:
        """Whether a page is a translation, `x.zh.md` beside x.md."""
        return bool(TRANSLATION.search(page.with_suffix("").name))

    def shown(self, path: Path | str) -> str:
        """A path as people write it: relative to the root where possible."""
        path = Path(path)
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )


@lru_cache(maxsize=32)
def project_at(root: Path) -> Project:
    """The project with this root; the same object each time."""
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


def modified(path: Path) -> int:
    """When a file was last written, in nanoseconds; 0 if it is not there."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def replace(path: Path, text: str) -> None:
    """Write a file so that an interruption leaves the old one or the new one.

    Args:
        path: of the file; its folder is made if it is not there.
        text: its new content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
