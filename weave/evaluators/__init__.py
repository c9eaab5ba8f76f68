"""One module a language. Adding a language is adding a file to this folder.

A module says:
    LANGUAGES: the names after the fence's backticks that it looks after;
    OUTCOME: the word in the records when all is well: ran, parsed, or shown;
    RUNS: whether an Output, Error or Warning fence may follow;
    evaluate(block, session): does the work, raises when the page is wrong;
    check(text, block), optional: what a file of this language must pass;
    copied(code), optional: what the copy button yields.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from types import ModuleType

MARK = re.compile(r"[ \t]*(?:#|//|--)[ \t]*\(\d+\)!?[ \t]*$")  # annotations: # (1)!


def plain(code: str) -> str:
    """Code without annotation marks, blank ends and trailing blanks."""
    return "\n".join(MARK.sub("", line).rstrip() for line in code.split("\n")).strip("\n")


def copied(lang: str) -> Callable[[str], str]:
    """The function that turns a block of this language into what the copy button yields."""
    found: Callable[[str], str] = getattr(REGISTRY.get(lang), "copied", plain)
    return found


REGISTRY: dict[str, ModuleType] = {}
for _module in pkgutil.iter_modules(__path__):
    _loaded = importlib.import_module(f"{__name__}.{_module.name}")
    REGISTRY |= dict.fromkeys(getattr(_loaded, "LANGUAGES", ()), _loaded)
