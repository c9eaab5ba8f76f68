"""On PYTHONPATH, this makes an environment look as `make serve` sets it up:
without test tools and torch.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from types import FrameType
from typing import Any

BLOCKED = {"_pytest", "ipykernel", "nbclient", "pytest", "sybil", "torch"}


def callers(frame: FrameType | None) -> Iterator[str]:
    """The packages whose code is being executed, innermost first."""
    while frame is not None:
        yield str(frame.f_globals.get("__name__")).partition(".")[0]
        frame = frame.f_back


class Missing(MetaPathFinder):
    """Answers for the blocked packages as if they were not installed."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        package = fullname.partition(".")[0]
        if package not in BLOCKED:
            return
        if package == "nbclient" and "nbconvert" in callers(sys._getframe(1)):
            return  # mkdocs-jupyter's own dependency, which comes with it
        raise ModuleNotFoundError(
            f"No module named {fullname!r} (blocked by {__file__})", name=fullname
        )


sys.meta_path.insert(0, Missing())
