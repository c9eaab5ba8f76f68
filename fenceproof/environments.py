"""What the records of all pages say of each environment:
`python -m fenceproof environments` prints it.
"""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from pathlib import Path

from fenceproof.evidence import Evidence
from fenceproof.project import find_project
from fenceproof.reader import load_page

STATES = ("ran", "failed", "skipped", "out of date")


@dataclass
class Environment:
    """One environment: how many pages are in which state, and which of them failed.

    `skipped` counts the pages of which no block ran there.
    """

    name: str
    pages: collections.Counter[str] = field(default_factory=collections.Counter)
    last: str = ""  # the day of the newest entry, in ISO form
    failures: dict[str, str] = field(default_factory=dict)  # page -> error


def environments(evidences: list[Evidence]) -> list[Environment]:
    """The environments of some pages, the one with the most pages that ran first.

    Args:
        evidences: of the pages.
    """
    found: dict[str, Environment] = {}
    for evidence in evidences:
        for name, entry in evidence.entries.items():
            environment = found.setdefault(name, Environment(name))
            environment.last = max(environment.last, entry["date"])
            if failure := evidence.failures.get(name):
                state = "failed"
                environment.failures[evidence.page.name] = failure.get("error", "")
            elif not evidence.fresh[name]:
                state = "out of date"
            else:
                outcomes = {block["outcome"] for block in entry["blocks"]}
                state = "ran" if {"ran", "compared"} & outcomes else "skipped"
            environment.pages[state] += 1
    return sorted(found.values(), key=lambda one: (-one.pages["ran"], one.name))


def report() -> int:
    """Print a Markdown table of the environments, and what failed in each.

    Returns:
        1 if a page failed in any, so that a release that breaks a page shows up in red.
    """
    project = find_project(Path.cwd())
    pages = (load_page(path, project) for path in project.pages())
    found = environments([Evidence(page) for page in pages if page.blocks])
    print(f"| environment | {' | '.join(STATES)} | last run |")
    print(f"|---|{'---|' * (len(STATES) + 1)}")
    for one in found:
        counts = " | ".join(str(one.pages[state]) for state in STATES)
        print(f"| {one.name} | {counts} | {one.last} |")
    for one in found:
        for page, error in sorted(one.failures.items()):
            print(f"\n- {page} with {one.name}: `{error}`", end="")
    print()
    return int(any(one.failures for one in found))
