"""Pages in a browser, on a phone and at a desk, in light and dark:
nothing breaks, nothing is cut off, nobody else is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import (
    DESK,
    KINDS,
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
CLIPPED = """() => {
    const found = new Set(), width = document.documentElement.clientWidth;
    const apart = ".unseen, [hidden], script, style, template, annotation,"
        + " .md-skip, .md-search, .md-sidebar--primary, .md-dialog";
    const shown = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const within = (a, b) => a.right <= b.right + 1.5 && a.left >= b.left - 1.5;
    const whole = (a, b) => within(a, b) && a.bottom <= b.bottom + 3 && a.top >= b.top - 3;

    /* What cuts this box off, if anything does. */
    function cut(box, text) {
        for (let e = text; e !== document.documentElement; e = e.parentElement) {
            const style = getComputedStyle(e), edge = e.getBoundingClientRect();
            if (style.clipPath !== "none") return null; // for screen readers alone
            if (e.matches("td, th") && box.right > edge.right + 2) return e;
            if (e.matches("svg") && !whole(box, edge)) return e;
            if (/auto|scroll/.test(style.overflowX)) return null;
            if (style.display === "inline") continue;
            if (/hidden|clip/.test(style.overflowX) && !within(box, edge)) return e;
            if (/hidden|clip/.test(style.overflowY) && !whole(box, edge)) return e;
        }
        return within(box, {left: 0, right: width}) ? null : document.documentElement;
    }

    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode()); ) {
        const e = text.parentElement;
        if (!text.nodeValue.trim() || e.closest(apart) || !shown(e)) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        const by = [...range.getClientRects()].filter((b) => b.width).map((b) => cut(b, e));
        const first = by.find((found) => found);
        const said = text.nodeValue.trim().slice(0, 40);
        if (first) found.add(`"${said}" is cut off by ${first.tagName} ${first.className}`);
    }
    for (const e of document.querySelectorAll(".diagram")) {
        const svg = e.querySelector("svg"), drawn = svg.getBoundingClientRect().width;
        const size = 16 * drawn / svg.viewBox.baseVal.width;
        if (e.clientWidth && size < 11) found.add(`a diagram's text has ${size.toFixed(1)} px`);
        if (e.scrollWidth > e.clientWidth + 1) {
            found.add(`a diagram scrolls: ${e.scrollWidth} in ${e.clientWidth}`);
        }
    }
    for (const e of document.querySelectorAll(".md-typeset__scrollwrap, div.formula")) {
        const scrolls = e.clientWidth && e.scrollWidth > e.clientWidth + 1;
        if (scrolls && getComputedStyle(e).backgroundImage === "none") {
            found.add("scrolls, and nobody sees that: " + e.textContent.trim().slice(0, 40));
        }
    }
    if (document.documentElement.scrollWidth > innerWidth) found.add("the page scrolls sideways");
    return [...found];
}"""
SETTLED = "new Promise((end) => requestAnimationFrame(() => requestAnimationFrame(end)))"
WIDTHS = (360, 390, 768, 1024, 1280, 1920)
DRAWN = ["background/stack/", "best-practices/kubernetes/", "best-practices/one-server/"]
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
def test_text_and_diagrams_are_whole_at_every_width(
    site: Path, served: str, chromium: Any, slow: bool
) -> None:
    """No text is clipped, no diagram scrolls or is too small to read,
    and what else scrolls sideways shows that it does.
    """
    names = addresses(site) if slow else [*KINDS.values(), *DRAWN]
    faults: list[str] = []
    with tab(chromium) as page:
        for name in names:
            page.goto(served + name, wait_until="load")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.evaluate(SETTLED)
                faults += [f"{name} at {width} px: {fault}" for fault in page.evaluate(CLIPPED)]
    assert_no_faults(faults)


def test_every_kind_of_diagram_is_in_the_sample(site: Path) -> None:
    """Flows with one drawing, with two, and sequences."""
    kinds: set[str] = set()
    for name in DRAWN:
        markup = (site / name / "index.html").read_text(encoding="utf-8")
        kinds |= {
            kind
            for kind in ("diagram__sequence", "diagram__flowchart-v2", "diagram--tall")
            if kind in markup
        }
    assert len(kinds) == 3


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
