"""Pages in a browser, on a phone and at a desk, in light and dark:
nothing breaks, nothing is cut off, nobody else is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import (
    DESK,
    PHONE,
    addresses,
    addresses_to_check,
    assert_no_faults,
    axe,
    listen,
    sample_and_full,
    tab,
)

CUT_OFF = """() => {
    const found = [];
    const scrolls = (e) => /auto|scroll/.test(getComputedStyle(e).overflowX);
    const wide = "article :is(math, table, pre, svg, img, .formula)";
    for (const e of document.querySelectorAll(wide)) {
        const box = e.getBoundingClientRect();
        if (!box.width || e.closest(".unseen, [hidden]")) continue;
        let inside = e;
        while (inside && inside.tagName !== "ARTICLE" && !scrolls(inside)) {
            inside = inside.parentElement;
        }
        const free = !inside || inside.tagName === "ARTICLE";
        const html = e.outerHTML.slice(0, 80);
        if (free && (box.right > innerWidth + 1 || box.left < -1)) found.push(html);
        const hidden = getComputedStyle(e).overflowX === "hidden";
        if (hidden && e.scrollWidth > e.clientWidth + 1) found.push("hidden: " + html);
    }
    if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
    return found;
}"""
VIEWS = [(PHONE, "light"), (DESK, "dark"), (PHONE, "dark"), (DESK, "light")]


@sample_and_full
@pytest.mark.parametrize(("width", "scheme"), VIEWS[:2])
def test_pages_are_whole_and_keep_to_themselves(
    site: Path, served: str, chromium: Any, width: int, scheme: str, slow: bool
) -> None:
    faults: list[str] = []
    with tab(chromium, width, scheme) as page:
        noted: list[str] = []
        listen(page, served, noted)
        for name in addresses_to_check(site, 2, slow):
            page.goto(served + name, wait_until="load")
            faults += [
                f"{name} at {width} px, {scheme}: {fault}"
                for fault in [*noted, *page.evaluate(CUT_OFF)]
            ]
            noted.clear()
    assert_no_faults(faults)


@sample_and_full
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing(
    site: Path, served: str, chromium: Any, width: int, scheme: str, slow: bool
) -> None:
    """WCAG 2.2 AA and best practice."""
    check, faults = axe(), []
    # The sample: each view looks at other kinds of pages, so that together they see all.
    names = addresses_to_check(site, 1, slow)
    view = VIEWS.index((width, scheme))
    with tab(chromium, width, scheme) as page:
        for name in names if slow else names[view :: len(VIEWS)]:
            page.goto(served + name, wait_until="load")
            page.evaluate(
                "document.querySelectorAll('details').forEach((d, n) => (d.open = n < 3))"
            )
            faults += [f"{name} at {width} px, {scheme}: {fault}" for fault in check(page)]
    assert_no_faults(faults)


@sample_and_full
@pytest.mark.parametrize("width", [768, 1024, 1280, 1920])
def test_no_diagram_is_cut_off_on_a_desk(
    site: Path, served: str, chromium: Any, width: int, slow: bool
) -> None:
    """Where the column has no room for the wide drawing, the tall one is shown."""
    names = [
        n for n in addresses(site) if 'class="diagram' in (site / n / "index.html").read_text()
    ]
    assert len(names) > 20
    faults: list[str] = []
    with tab(chromium, width) as page:
        for name in names if slow else ["background/first-deployment/", "background/stack/"]:
            page.goto(served + name, wait_until="load")
            cut = """() => [...document.querySelectorAll(".diagram")]
                .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
                .map((e) => `${e.className} ${e.scrollWidth} in ${e.clientWidth}`)"""
            faults += [f"{name} at {width} px: {fault}" for fault in page.evaluate(cut)]
    assert_no_faults(faults)


@sample_and_full
def test_nothing_moves_while_a_page_loads(served: str, chromium: Any, slow: bool) -> None:
    pages = ["", "algorithms/quantization/", "faq/"]
    if slow:
        pages += ["concepts/serialization/", "verification/", "tools/choosing/", "tools/retired/"]
    for width in (PHONE, DESK):
        with tab(chromium, width) as page:
            page.add_init_script(
                "window.moved = 0; new PerformanceObserver((list) => "
                "list.getEntries().forEach((e) => (window.moved += e.value)))"
                ".observe({type: 'layout-shift', buffered: true})"
            )
            for name in pages:
                page.goto(served + name, wait_until="networkidle")
                assert page.evaluate("window.moved") < 0.01, f"{name} at {width} px"
