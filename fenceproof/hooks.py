"""What a project tells the engine about the libraries that its pages use, and about its site.

A project names a subclass in pyproject.toml, `[tool.fenceproof] hooks = "package.module:Class"`,
and overrides what applies; the defaults do nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Condition:
    """Something that a machine has or lacks; the check runs when the value is needed.

    Args:
        reason: what readers are told where it is missing, `needs an NVIDIA GPU`.
        check: whether it is there.
    """

    reason: str
    check: Callable[[], bool]

    def __bool__(self) -> bool:
        return self.check()


class Hooks:
    """The defaults."""

    def conditions(self) -> Mapping[str, Condition]:
        """Names for `needs:` in front matter and for `if="..."` of a skip."""
        return {}

    def facts(self) -> dict[str, str]:
        """What else an environment depends on; goes into each record as it is."""
        return {}

    def variables(self, root: Path) -> dict[str, str]:
        """Environment variables of every page."""
        return {}

    def reset(self, requires: list[str], threads: int) -> None:
        """Put libraries back into the state of a fresh interpreter, before a page.

        Args:
            requires: the packages that the page names.
            threads: how many threads it may use.
        """

    def random_state(self) -> contextlib.AbstractContextManager[None]:
        """Restores the generators of random numbers at its end."""
        return contextlib.nullcontext()

    def preview(self, site: Path, root: Path) -> None:
        """Add to a site what its pages link, after each build of `serve`.

        Args:
            site: the folder that a builder has filled.
            root: the project's.
        """

    def publish(self, site: Path, root: Path) -> None:
        """Finish a site in place, once, after `build`: small, safe, easy to find.

        Args:
            site: the folder that a builder has filled.
            root: the project's.
        """
