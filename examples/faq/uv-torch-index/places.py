"""Say from which index uv takes each package that a project names."""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def named(project: dict) -> list[str]:
    """Names in `dependencies` and in all extras."""
    extras = project.get("optional-dependencies", {}).values()
    lines = [*project.get("dependencies", []), *sum(extras, [])]
    return sorted({canonicalize_name(Requirement(x).name) for x in lines})


def places(text: str) -> list[str]:
    """One line per package, and one per source that has no effect."""
    data = tomllib.loads(text)
    uv = data["tool"]["uv"]
    everybody = [i["name"] for i in uv["index"] if not i.get("explicit")]
    lines = []
    for name in named(data["project"]):
        found = uv["sources"].get(name, [])
        found = [found] if isinstance(found, dict) else found
        pinned = [source["index"] for source in found]
        lines.append(f"{name:14}{' or '.join(pinned or [*everybody, 'PyPI'])}")
    for name in sorted(set(uv["sources"]) - set(named(data["project"]))):
        lines.append(f"{name:14}has a source, and no dependency names it")
    return lines


if __name__ == "__main__":
    print("\n".join(places(Path(sys.argv[1]).read_text(encoding="utf-8"))))
