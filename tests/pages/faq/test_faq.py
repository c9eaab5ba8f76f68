"""The index of errors: every entry has one form, and the index lists them all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fenceproof.page import Page
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from tests import browser

PROJECT = find_project(Path(__file__))
FAQ = PROJECT.docs / "faq"
ENTRIES = [
    parse_page(p, PROJECT)
    for p in sorted(FAQ.glob("*.md"))
    if p.stem != "index" and "." not in p.stem
]
ROW = re.compile(
    r"^\| \[(?P<seen>.+?)\]\((?P<name>[\w-]+)\.md\) \| (?P<short>.+?) \|$", re.MULTILINE
)
STAGES = [
    "Saving and loading",
    "Exporting",
    "Quantizing",
    "Compiling",
    "Serving",
    "Containers and Kubernetes",
    "Mobile and browser",
    "Performance",
    "Security",
]


@pytest.mark.parametrize("page", ENTRIES, ids=lambda p: p.path.stem)
def test_faq_entry_has_required_fields(page: Page) -> None:
    text = page.path.read_text(encoding="utf-8")
    assert re.search(r"^\*\*In short:\*\* \w|^\*\*In short:\*\* `", text, re.MULTILINE), (
        "the answer in one line: **In short:** …"
    )
    assert re.search(r"^\*\*Versions:\*\* .+[.]$", text, re.MULTILINE), (
        "since when and until when: **Versions:** …"
    )
    source = re.search(r"^\*\*Source:\*\* (.+)$", text, re.MULTILINE)
    assert source and "](https://" in source[1], "a linked **Source:** …"
    assert text.index("**Versions:**") < text.index("**Source:**"), (
        "**Versions:** before **Source:**"
    )
    assert len(re.findall(r"^## ", text, re.MULTILINE)) >= 2, "why, and what to do"
    assert any(b.lang in ("python", "pycon", "console", "bash") for b in page.blocks), (
        "an entry runs something"
    )


def test_faq_has_enough_entries() -> None:
    assert len(ENTRIES) >= 66


def test_faq_index_lists_each_entry_once() -> None:
    index = (FAQ / "index.md").read_text(encoding="utf-8")
    listed = [row["name"] for row in ROW.finditer(index)]
    names = {page.path.stem for page in ENTRIES}
    assert names - set(listed) == set(), "entries without a row in docs/faq/index.md"
    assert set(listed) - names == set(), "rows without an entry"
    assert len(listed) == len(set(listed)), (
        f"twice: {sorted({n for n in listed if listed.count(n) > 1})}"
    )
    rows = index[index.index("| What you see |") :].count("\n| ")
    assert rows - 2 * index.count("| What you see |") + 1 <= len(listed), (
        "a row that is not `| [what you see](entry.md) | answer |`"
    )
    headings = re.findall(r"^## (.+)$", index, re.MULTILINE)
    assert [h for h in headings if h in STAGES] == STAGES


def spoken(text: str) -> str:
    """A message without numbers and signs."""
    return " ".join(re.findall(r"[a-z_]+", text.lower()))


def test_each_message_is_the_title_of_one_entry() -> None:
    titles: dict[str, list[str]] = {}
    for page in ENTRIES:
        titles.setdefault(spoken(str(page.meta["title"])), []).append(page.path.stem)
    assert not [names for names in titles.values() if len(names) > 1]


def test_entries_that_show_one_message_lead_to_each_other() -> None:
    """Or to the entry that has the message as its title."""
    shown: dict[str, set[str]] = {}
    for page in ENTRIES:
        for block in page.blocks:
            if block.kind == "error":
                shown.setdefault(spoken(block.code), set()).add(page.path.stem)
    lonely = []
    for text, names in shown.items():
        named = {p.path.stem for p in ENTRIES if spoken(str(p.meta["title"])) in text}
        for one in names if len(names) > 1 else ():
            source = (FAQ / f"{one}.md").read_text(encoding="utf-8")
            if one not in named and not any(
                f"]({other}.md" in source for other in (named | names) - {one}
            ):
                lonely.append(f"{one} does not lead to {named or names - {one}}: {text[:60]}")
    assert not lonely


def test_an_entry_says_what_else_it_is_called(site: Path) -> None:
    text = (site / "faq" / "cannot-allocate-memory" / "index.html").read_text(encoding="utf-8")
    assert re.search(r'class="aliases">[^<]*OOMKilled', text)


def test_faq_index_filters_while_you_type(served: str, chromium: Any) -> None:
    faults: list[str] = []
    with browser.tab(chromium, browser.PHONE) as tab:
        responses = browser.listen(tab, served, faults)
        tab.goto(f"{served}faq/", wait_until="networkidle")
        field = tab.get_by_label("Filter these")
        shown = tab.locator("article tbody tr:visible")
        everything = shown.count()
        assert not [r for r in responses if "names" in r.url], "fetched before anybody types"
        field.fill("OOMKilled")  # an alias, which is fetched now: its row does not say it
        shown.first.wait_for()
        assert 1 <= shown.count() <= 6
        field.fill("constraints violated")
        assert 1 <= shown.count() <= 4
        assert (
            tab.locator(".faq-filter [role=status]").inner_text()
            == f"{shown.count()} of {everything}"
        )
        assert tab.locator("article h2:visible").filter(has_text="Quantizing").count() == 0
        assert tab.locator("article thead:visible").count() <= shown.count(), "a table without rows"
        field.press("ArrowDown")
        assert tab.evaluate("document.activeElement.getAttribute('href')").startswith(
            ("../", "batch", "constraints", "./")
        )
        field.fill("xyzzy")
        assert (
            shown.count() == 0 and "None" in tab.locator(".faq-filter [role=status]").inner_text()
        )
        field.press("Escape")
        assert shown.count() == everything
    browser.assert_no_faults(faults)


def test_faq_index_needs_no_script(served: str, chromium: Any) -> None:
    with browser.tab(chromium, java_script_enabled=False) as tab:
        tab.goto(f"{served}faq/", wait_until="load")
        assert not tab.locator(".faq-filter").is_visible()
        assert tab.locator("article tbody tr").count() >= len(ENTRIES)
