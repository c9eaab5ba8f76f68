"""What a reader's first view of a page costs, held by tests/budget.json:
bytes as a web host compresses them, and requests.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser import (
    KINDS,
    TEXT,
    addresses_to_check,
    assert_no_faults,
    listen,
    sample_and_full,
    tab,
)

BUDGET: dict[str, dict[str, int]] = json.loads((Path(__file__).parent / "budget.json").read_text())


def weigh(site: Path, served: str, chromium: Any, name: str) -> tuple[int, int, int]:
    """(bytes, requests, bytes of pictures) of a first visit."""
    total = pictures = 0
    with tab(chromium) as page:
        responses = listen(page, served, [])
        page.goto(served + name, wait_until="networkidle")
        for response in responses:
            path = site / response.url.removeprefix(served).partition("?")[0]
            path = path / "index.html" if path.is_dir() else path
            size = (
                len(gzip.compress(path.read_bytes(), 6))
                if path.suffix in TEXT
                else path.stat().st_size
            )
            if response.request.resource_type == "image" and path.stem != "favicon":
                pictures += size
            else:
                total += size
    return total, len(responses), pictures


def kind(site: Path, name: str) -> str:
    html = (site / name / "index.html").read_text(encoding="utf-8")
    if name in (KINDS["list"], KINDS["faq"]):  # tables of contents that grow with the handbook
        return "list" if name == KINDS["list"] else "faq"
    if name.endswith("-notebook/"):
        return "notebook"
    return "maths" if "<math" in html else "text"


@sample_and_full
def test_first_view(site: Path, served: str, chromium: Any, slow: bool) -> None:
    faults = []
    for name in addresses_to_check(site, 0, slow):
        allowed = BUDGET[kind(site, name)]
        size, requests, _ = weigh(site, served, chromium, name)
        if size > allowed["bytes"] or requests > allowed["requests"]:
            faults.append(
                f"{name or 'home'} ({kind(site, name)}): {size:,} bytes in {requests} requests; "
                f"allowed {allowed}"
            )
    assert_no_faults(faults)


def test_search_loads_when_it_is_used(site: Path) -> None:
    worker = next(site.glob("assets/javascripts/workers/search*.js"))
    size = sum(
        len(gzip.compress(p.read_bytes(), 6))
        for p in (worker, site / "search" / "search_index.json")
    )
    assert size <= BUDGET["search"]["bytes"], f"{size:,} bytes"


def test_no_diagram_library_and_no_maps_are_shipped(site: Path) -> None:
    spare = [p for p in site.rglob("*") if p.suffix == ".map" or "mermaid" in p.name.lower()]
    assert not spare


@pytest.mark.parametrize("name", sorted(set(BUDGET) - {"search"}))
def test_the_budget_is_what_was_promised(name: str) -> None:
    promised = {"text": 85_000, "maths": 165_000, "notebook": 180_000}
    assert BUDGET[name]["bytes"] <= promised.get(name, 120_000) and BUDGET[name]["requests"] <= 14


def test_the_whole_site_is_small(site: Path) -> None:
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert size <= 44_000_000, f"{size:,} bytes"
