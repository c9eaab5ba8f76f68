"""How much disk a package takes, with all that it requires.

python -m harness.installed onnxruntime torch
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(names: list[str]) -> dict[str, int]:
    """Bytes on disk of every package that `names` require, by name."""
    found: dict[str, int] = {}
    waiting = [(plain(name), "") for name in names]
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if name not in found:
            paths = [Path(str(file.locate())) for file in package.files or []]
            found[name] = sum(path.stat().st_size for path in paths if path.is_file())
        for text in package.requires or []:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                waiting += [(plain(need.name), part) for part in ("", *need.extras)]
    return found


def license(name: str) -> str:
    """The license as the package's metadata states it."""
    about: Any = metadata.metadata(name)
    trove = [
        c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    stated = about.get("License-Expression") or (about.get("License") or "").split("\n")[0]
    return stated if stated and len(stated) < 40 else (trove or ["not stated"])[0]


if __name__ == "__main__":
    names = sys.argv[1:]
    found = {
        "bytes": closure(names),
        "versions": {name: metadata.version(name) for name in names},
        "licenses": {name: license(name) for name in names},
    }
    print(json.dumps(found))
