"""An environment that holds certain packages and no others, made of links to what is installed."""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Distribution = importlib.metadata.Distribution


@functools.cache
def installed() -> dict[str, Distribution]:
    """The packages of this environment, by their canonical names."""
    return {canonicalize_name(d.name): d for d in importlib.metadata.distributions()}


@functools.cache
def owners() -> dict[str, set[str]]:
    """The packages that put something into each folder or file of site-packages."""
    found = defaultdict(set)
    for name, distribution in installed().items():
        for path in distribution.files or []:
            found[path.parts[0]].add(name)
    return found


@functools.cache
def needs(name: str, extra: str) -> frozenset[str]:
    """What an installed package requires here, as pip takes it.

    Args:
        name: canonical.
        extra: one of its extras, or nothing.
    """
    wanted = (Requirement(text) for text in installed()[name].requires or [])
    here = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": extra})]
    return frozenset(f"{r.name}[{','.join(r.extras)}]" if r.extras else r.name for r in here)


def closure(requirements: Iterable[str]) -> set[str]:
    """The packages that pip installs for these, as far as they are installed here.

    Args:
        requirements: as pip takes them, `ray[serve]`.
    """
    waiting, seen = list(requirements), set[tuple[str, str]]()
    while waiting:
        text, _, extras = waiting.pop().rstrip("]").partition("[")
        for extra in ("", *filter(None, extras.split(","))):
            name = canonicalize_name(text)
            if name in installed() and (name, extra) not in seen:
                seen.add((name, extra))
                waiting += needs(name, extra)
    return {name for name, _ in seen}


def make(folder: Path, names: Iterable[str]) -> Path:
    """Make an environment with these packages alone.

    Args:
        folder: where it is made.
        names: canonical, of installed packages.

    Returns:
        Its Python.
    """
    command = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder)]
    subprocess.run(command, check=True)
    python = folder / "bin" / "python"
    packages = next(folder.glob("lib/python*/site-packages"))
    for name in names:
        distribution = installed()[name]
        origin = Path(str(distribution.locate_file("")))
        for path in distribution.files or []:
            top = path.parts[0]
            if top == "..":
                if path.parent.name == "bin":
                    _add_command(origin / path, folder / "bin" / path.name, python)
                continue
            shown = Path(top) if len(owners()[top]) == 1 else Path(path)
            if not (packages / shown).exists() and (origin / shown).exists():
                (packages / shown).parent.mkdir(parents=True, exist_ok=True)
                (packages / shown).symlink_to(origin / shown)
    return python


def _add_command(source: Path, target: Path, python: Path) -> None:
    """Add a package's command; one in Python starts the Python of this environment."""
    if target.exists() or not source.is_file():
        return
    start, _, rest = source.read_bytes().partition(b"\n")
    if start.startswith(b"#!") and b"python" in start:
        target.write_bytes(f"#!{python}\n".encode() + rest)
        target.chmod(0o755)
    else:
        target.symlink_to(source)
