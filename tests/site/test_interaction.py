"""What readers do: by keyboard, with search, colors, tabs, downloads, filters, the back button,
and without JavaScript.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fenceproof.run.pace import patience
from tests.browser import (
    DESK,
    KINDS,
    PHONE,
    addresses_to_check,
    assert_no_faults,
    axe,
    listen,
    sample_and_full,
    tab,
)
from tests.waiting import wait_until

SEEN = """() => {
    const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const drawn = style.outlineStyle !== "none" || style.boxShadow !== "none";
    const mark = drawn || e.matches("input, select, .md-option");
    const text = e.getAttribute("aria-label") || e.textContent.trim() || e.title;
    const name = text || e.labels?.[0]?.textContent || "";
    const kept = e.matches(".md-option") ? e.nextElementSibling.getBoundingClientRect() : box;
    const across = kept.right > 0 && kept.left < innerWidth;
    const down = kept.bottom > 0 && kept.top < innerHeight;
    const inside = across && down && style.visibility === "visible";
    const html = e.outerHTML.slice(0, 90);
    return { end: e === document.body, html, mark, name: name.slice(0, 40), inside };
}"""
REACHABLE = """() => {
    const all = "a[href], button, input, select, summary, [tabindex='0']";
    return [...document.querySelectorAll(all)].filter((e) =>
        e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true})
        && !e.closest("[hidden]") && e.type !== "radio").length;
}"""


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    served: str, chromium: Any, width: int
) -> None:
    faults: list[str] = []
    with tab(chromium, width) as page:
        for name in ("", KINDS["entry"]):
            page.goto(served + name, wait_until="networkidle")
            wanted, reached = page.evaluate(REACHABLE), 0
            for _ in range(wanted + 40):
                page.keyboard.press("Tab")
                # what opens with a transition gets the time for it
                with contextlib.suppress(Exception):
                    page.wait_for_function(
                        (
                            f"() => {{ const s = ({SEEN})(); "
                            "return s.end || (s.inside && s.mark && s.name); }"
                        ),
                        timeout=patience(5000),
                    )
                seen = page.evaluate(SEEN)
                if seen["end"]:
                    break
                reached += 1
                if not (seen["inside"] and seen["mark"] and seen["name"]):
                    faults.append(f"{name} at {width} px: {seen}")
            if reached < wanted - 3:  # what the search and the drawer show when they open
                faults.append(f"{name} at {width} px: {reached} of {wanted} reached")
    assert_no_faults(faults)


def test_the_menu_opens_and_closes_by_keyboard_on_a_narrow_window(
    served: str, chromium: Any
) -> None:
    with tab(chromium, PHONE) as page:
        page.goto(served + KINDS["text"], wait_until="networkidle")
        menu = page.locator("button.md-header__button[for=__drawer]")
        menu.focus()
        page.keyboard.press("Enter")
        link = page.locator(".md-sidebar--primary a.md-nav__link:visible").first
        link.wait_for(state="visible")
        assert menu.get_attribute("aria-expanded") == "true"
        page.keyboard.press("Escape")
        page.locator(".md-sidebar--primary").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.getAttribute('for')") == "__drawer"


def test_skip_link(served: str, chromium: Any) -> None:
    with tab(chromium) as page:
        page.goto(served + KINDS["text"], wait_until="networkidle")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.querySelector(':target').tagName.startsWith('H')")


def open_search(page: Any) -> None:
    """Press the slash until the field has the focus: a key before the theme's script is lost."""

    def is_open() -> bool:
        page.keyboard.press("/")
        return bool(
            page.evaluate("document.activeElement.matches('[data-md-component=search-query]')")
        )

    wait_until(is_open, "the slash opens the search")
    page.locator("[data-md-component=search-query]").fill("")


@pytest.mark.parametrize(
    ("query", "where", "words"),
    [
        ("weights_only", "faq/weights-only-safe/", "weights_only"),  # an identifier
        ("draft_export", "faq/data-dependent-branch/", "draft_export"),  # one of code
        ("--factory", "best-practices/", "factory"),  # a flag: a dash is no operator
        # a message
        (
            "Weights only load failed. This file can still be loaded",
            "faq/weights-only-load-failed/",
            "load",
        ),
    ],
)
def test_search(served: str, chromium: Any, query: str, where: str, words: str) -> None:
    faults: list[str] = []
    with tab(chromium) as page:
        responses = listen(page, served, faults)
        page.goto(served + KINDS["faq"], wait_until="networkidle")
        assert not [r for r in responses if "/search" in r.url], (
            "search is loaded before anybody searches"
        )
        open_search(page)
        page.keyboard.type(query)
        page.locator(".md-search-result__link").first.wait_for(state="attached")
        page.wait_for_timeout(300)
        links = page.eval_on_selector_all(
            ".md-search-result__item > a", "all => all.slice(0, 3).map(a => a.href)"
        )
        assert any(where in link for link in links), links
        further = page.locator(".md-search-result :is(samp, nav)")  # found by, and no sentence
        assert further.count() and not further.filter(visible=True).count()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/*h=*")
        page.go_back()
        page.wait_for_url(served + KINDS["faq"])
    assert_no_faults(faults)


def test_what_is_not_here_can_be_searched(served: str, chromium: Any) -> None:
    with tab(chromium) as page:
        page.goto(served + "concepts/weights-only")
        assert page.locator("#seek").input_value() == "weights only"
        page.locator(".seek button").click()
        page.wait_for_url("**/?q=weights+only")
        page.locator(".md-search-result__link").first.wait_for(state="attached")


def test_colors_are_kept(served: str, chromium: Any) -> None:
    with tab(chromium, scheme="light") as page:
        page.goto(served, wait_until="networkidle")
        scheme = "document.body.getAttribute('data-md-color-scheme')"
        paper = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(scheme) == "default"
        light = page.evaluate(paper)
        switch = page.locator("label.md-header__button[title]:visible").first
        switch.click()
        page.locator("label.md-header__button[title]:visible").first.click()
        assert page.evaluate(scheme) == "slate" and page.evaluate(paper) != light
        page.goto(served + KINDS["text"], wait_until="load")
        assert page.evaluate(scheme) == "slate"


def test_tabs_go_together(site: Path, served: str, chromium: Any) -> None:
    name = next(
        (
            n
            for n in addresses_to_check(site, 0, True)
            if 'class="tabbed-set' in (site / n / "index.html").read_text()
        ),
        None,
    )
    if name is None:
        pytest.skip("no page has tabs")
    with tab(chromium) as page:
        page.goto(served + name, wait_until="networkidle")
        page.locator(".tabbed-labels label").nth(1).click()
        assert page.evaluate("document.querySelectorAll('.tabbed-set > input')[1].checked")
        page.reload(wait_until="networkidle")
        assert page.evaluate("document.querySelectorAll('.tabbed-set > input')[1].checked"), (
            "the choice is forgotten"
        )


def test_downloads_are_what_they_say(site: Path, served: str, chromium: Any) -> None:
    with tab(chromium, accept_downloads=True) as page:
        for name in (KINDS["text"], KINDS["notebook"], "best-practices/service/"):
            page.goto(served + name, wait_until="load")
            links = page.locator(".downloads a[download]")
            assert links.count() >= 2
            for n in range(links.count()):
                with page.expect_download() as waiting:
                    links.nth(n).click()
                data = Path(waiting.value.path()).read_bytes()
                kind = links.nth(n).text_content()
                if kind == ".py":
                    compile(data, name, "exec")
                    assert b"--8<--" not in data
                elif kind == ".ipynb":
                    assert json.loads(data)["cells"]
                else:
                    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_the_page_as_markdown(site: Path, served: str, chromium: Any) -> None:
    with tab(chromium) as page:
        page.context.grant_permissions(
            ["clipboard-read", "clipboard-write"], origin=served.rstrip("/")
        )
        page.goto(served + KINDS["text"], wait_until="networkidle")
        page.locator(".copy-page").click()
        page.locator(".copy-page", has_text="Copied").wait_for()
        text = page.evaluate("navigator.clipboard.readText()")
        assert text == (site / KINDS["text"] / "index.md").read_text()
        assert "--8<--" not in text and "import torch" in text and "<!-- test" not in text


def test_a_line_under_a_block_opens_to_its_record(served: str, chromium: Any) -> None:
    with tab(chromium) as page:
        page.goto(served + KINDS["text"], wait_until="networkidle")
        line = page.locator("details.verified").first
        assert "Ran on" in line.inner_text()
        line.locator("summary").focus()
        page.keyboard.press("Enter")
        table = line.locator("table.evidence")
        table.wait_for(state="visible")
        said = table.inner_text()
        assert "linux-x86_64" in said and "torch 2." in said and "CPU" in said
        assert (
            line.locator("a")
            .first.get_attribute("href", timeout=patience(1000))
            .endswith(tuple("0123456789"))
        )


def test_list_of_all_blocks(served: str, chromium: Any) -> None:
    with tab(chromium) as page:
        page.goto(served + "verification/", wait_until="networkidle")
        outcome = page.get_by_label("Outcome")
        everything = page.locator(".verification > details:visible").count()
        outcome.select_option("skipped")
        skipped = page.locator(".verification > details:visible")
        assert 0 < skipped.count() < everything
        skipped.first.locator("summary").click()
        assert "skipped: " in skipped.first.inner_text()
        outcome.select_option("")
        page.get_by_label("Last run").select_option("more than 30 days ago")
        assert "blocks on" in page.locator("[role=status]", has_text="blocks").inner_text()
        page.get_by_label("Last run").select_option("")
        link = page.locator(".verification > details:has(li[data-o=skipped])").first  # open by now
        link.locator("li[data-o=skipped] a").first.click()
        page.wait_for_url("**#block-*")
        assert page.evaluate("document.querySelector(':target').classList.contains('highlight')")


@sample_and_full
def test_without_javascript(site: Path, served: str, chromium: Any, slow: bool) -> None:
    """A page reads the same: text, code, formulas, diagrams, records, tables."""
    with tab(chromium, PHONE, java_script_enabled=False) as page:
        for name in (
            ("", KINDS["maths"], "verification/") if not slow else addresses_to_check(site, 0, True)
        ):
            page.goto(served + name, wait_until="load")
            assert page.locator("h1").count() == 1
            assert page.locator("article").inner_text().strip()


def test_the_model_answers_in_the_browser_under_the_policy(
    site: Path, served: str, chromium: Any
) -> None:
    if not (site / "assets/browser/ort/ort.wasm.gz").is_file():
        pytest.skip("needs the browser's runtime: run `make data`, which fetches it with npm")
    faults: list[str] = []
    with tab(chromium) as page:
        responses = listen(page, served, faults)
        page.goto(served + "scenarios/browser/", wait_until="networkidle")
        assert not [r for r in responses if "/ort/" in r.url], (
            "the runtime is loaded before anybody asks"
        )
        page.get_by_role("button", name="Load the model").click()
        page.locator(".digits__load").wait_for(state="hidden")
        page.get_by_role("button", name="Draw a sample of 5").click()
        page.get_by_text("It says 5, at").wait_for()
    assert_no_faults(faults)


def test_a_tick_opens_what_was_checked(served: str, chromium: Any) -> None:
    check = axe()
    for width in (PHONE, DESK):
        with tab(chromium, width) as page:
            page.goto(served + "algorithms/capacity/", wait_until="load")
            mark = page.locator("button.claim").first
            note = page.locator(f"#{mark.get_attribute('popovertarget')}")
            assert not note.is_visible()
            mark.focus()
            page.keyboard.press("Enter")
            assert note.is_visible() and "Held on" in note.inner_text()
            box = note.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert not check(page)
            page.keyboard.press("Escape")
            assert not note.is_visible()
