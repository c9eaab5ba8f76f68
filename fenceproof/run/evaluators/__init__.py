"""One module per group of languages; `fenceproof.languages` says what happens to each.

A module has
    LANGUAGES: the names after the fence's backticks that it evaluates;
    evaluate(block, session): does the work, raises `Mismatch` when the page is wrong;
    check(text, block), in place of it where the block is only checked: what a file of this
        language must pass.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

REGISTRY: dict[str, ModuleType] = {}
for _module in pkgutil.iter_modules(__path__):
    _loaded = importlib.import_module(f"{__name__}.{_module.name}")
    REGISTRY |= dict.fromkeys(getattr(_loaded, "LANGUAGES", ()), _loaded)
