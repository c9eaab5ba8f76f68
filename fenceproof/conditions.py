"""What this machine has, which decides what is skipped and why."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from fenceproof.hooks import Condition


class InstalledVersion(str):
    """The version of an installed package, which compares as versions do: 2.9 < 2.14."""

    def __lt__(self, other: str) -> bool:
        return Version(self) < Version(other)

    def __le__(self, other: str) -> bool:
        return Version(self) <= Version(other)

    def __gt__(self, other: str) -> bool:
        return Version(self) > Version(other)

    def __ge__(self, other: str) -> bool:
        return Version(self) >= Version(other)


@functools.cache
def installed_version(requirement: str) -> InstalledVersion | None:
    """The installed version of `torch`, `ray[serve]` …, without its local part; None if absent."""
    name = re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]
    try:
        return InstalledVersion(importlib.metadata.version(name).partition("+")[0])
    except importlib.metadata.PackageNotFoundError:
        return None


def applies(requirement: str) -> bool:
    """Whether the installed version of a package is one of those of `torch>=2.14`;
    False if it is not installed. `python>=3.12` asks for the interpreter's.

    Args:
        requirement: as pip writes it.

    Raises:
        ValueError: it names no package, or no versions.
    """
    parsed = Requirement(requirement)
    if not parsed.specifier:
        raise InvalidRequirement(f"{requirement!r} names no versions")
    interpreter = platform.python_version() if parsed.name == "python" else None
    version = interpreter or installed_version(parsed.name)
    return version is not None and parsed.specifier.contains(version, prereleases=True)


@functools.cache
def absent_packages() -> dict[str, str]:
    """Packages that the run is told to do without, each with the reason: the variable
    FENCEPROOF_ABSENT, as `{"executorch": "executorch 1.5.1 does not follow torch 2.15"}`.
    """
    packages: dict[str, str] = json.loads(os.environ.get("FENCEPROOF_ABSENT", "{}"))
    return packages


def absent_reason(requires: Iterable[str]) -> str | None:
    """Why a page that requires these packages does not run here, or None.

    Args:
        requires: the packages that the page names.
    """
    names = (name.partition("[")[0] for name in requires)
    return next((absent_packages()[n] for n in names if n in absent_packages()), None)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_true(expression: str, conditions: Mapping[str, Condition]) -> bool:
    """The value of a skip's `if="..."`: `not cuda`, `not which('g++')`, `python < (3, 12)`.

    Args:
        expression: in Python, as written on the page.
        conditions: the project's own, from its hooks.

    Raises:
        NameError, SyntaxError: it names nothing that is known, or is no expression.
    """
    names = {"which": shutil.which, "installed": installed_version, "os": os, "sys": sys}
    names |= {"python": sys.version_info[:2], "machine": platform.machine()}
    return bool(eval(expression, {"__builtins__": {}}, {**names, **conditions}))


def skip_reason(directive: Mapping[str, Any], conditions: Mapping[str, Condition]) -> str | None:
    """The reason that a block's directive gives for not running it here, or None.

    Args:
        directive: the words of `<!-- test: ... -->`.
        conditions: the project's own, from its hooks.
    """
    if "skip" in directive and is_true(directive.get("if", "True"), conditions):
        return str(directive["reason"])
    return None


def missing_reason(needs: list[str], conditions: Mapping[str, Condition]) -> str | None:
    """Why a page that needs these cannot run here, or None.

    Args:
        needs: names of conditions, or of programs.
        conditions: the project's own, from its hooks.
    """
    for need in needs:
        if need in conditions:
            if not conditions[need]:
                return conditions[need].reason
        elif not shutil.which(need):
            return f"needs {need}, which is not installed here"
    return None
