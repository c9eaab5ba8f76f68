"""Tables of the chapter: they sort, filter, and answer questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import markdown
import pytest

from fenceproof.project import find_project
from tests import browser

ASSETS = find_project(Path(__file__)).root / "docs/assets"
TABLE = """
<div class="sortable" markdown>

| Server | Ratio | Note |
|---|--:|---|
| one | 1 (1,200/s) | base |
| two | **10.5 x** (9 to 11) | fast |
| three | **0.5 x** (0.4 to 1) | slow |
| four | failed: no port | |
| five | **2 x** (1 to 3) | fast |
| six | **1.5 x** (1 to 3) | |

</div>

<div class="questions" data-ask="2" markdown>

| Called from | Runs on | Take |
|---|---|---|
| Python or C++ | a server | A |
| C++ | a phone or a board | B |
| any | a browser | C |

</div>
"""


@pytest.fixture
def page(tmp_path: Path) -> str:
    body = markdown.markdown(TABLE, extensions=["tables", "md_in_html"])
    style, script = ((ASSETS / name).read_text() for name in ("css/tables.css", "js/tables.js"))
    (tmp_path / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><style>'
        f'{style}</style><body class="md-typeset">{body}<script>{script}</script>'
    )
    return (tmp_path / "index.html").as_uri()


def column(tab: Any, box: str, number: int) -> list[str]:
    return list(
        tab.eval_on_selector_all(
            f"{box} tbody tr:not([hidden]) td:nth-child({number})",
            "cells => cells.map(c => c.textContent)",
        )
    )


def test_table_sorts_and_filters(page: str, chromium: Any) -> None:
    with browser.tab(chromium, browser.PHONE) as tab:
        tab.goto(page)
        tab.get_by_role("button", name="Ratio").click()
        assert column(tab, ".sortable", 1) == ["three", "one", "six", "five", "two", "four"]
        tab.keyboard.press("Enter")  # the button keeps the focus
        assert column(tab, ".sortable", 1) == ["two", "five", "six", "one", "three", "four"], (
            "what has no number stays last"
        )
        assert tab.locator(".sortable th").nth(1).get_attribute("aria-sort") == "descending"
        tab.get_by_label("Rows with").fill("FAST")
        assert column(tab, ".sortable", 1) == ["two", "five"]
        assert tab.locator(".sortable [role=status]").inner_text() == "2 of 6 rows"


def test_each_answer_narrows_the_other_questions(page: str, chromium: Any) -> None:
    with browser.tab(chromium, browser.PHONE) as tab:
        tab.goto(page)
        tab.get_by_label("Called from").select_option("C++")
        assert column(tab, ".questions", 3) == ["A", "B", "C"]
        tab.get_by_label("Runs on").select_option("a board")
        assert column(tab, ".questions", 3) == ["B"]
        assert tab.locator(".questions [role=status]").inner_text() == "1 of 3 recommendations fit"
        tab.get_by_role("button", name="Start again").click()
        tab.wait_for_function(
            "document.querySelectorAll('.questions tbody tr[hidden]').length === 0"
        )
        options = tab.get_by_label("Runs on").locator("option").all_inner_texts()
        assert options == ["no matter", "a server", "a phone", "a board", "a browser"]
