"""Search works with what people paste: a whole traceback finds its entry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fenceproof.page import Page
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from fenceproof.run.pace import patience
from tests import browser

PROJECT = find_project(Path(__file__))
ENTRIES = {
    p.stem: parse_page(p, PROJECT)
    for p in sorted((PROJECT.docs / "faq").glob("*.md"))
    if p.stem != "index" and "." not in p.stem
}
FIRST, QUICK = 3, 8
MODULE = "/home/anna/.venv/lib/python3.12/site-packages/torch/nn/modules/module.py"
TRACEBACK = f"""\
Traceback (most recent call last):
  File "/home/anna/projects/shop/serve.py", line 128, in <module>
    main()
  File "/home/anna/projects/shop/serve.py", line 97, in main
    answer = predict(load(path), images.to(device))
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{MODULE}", line 1775, in _call_impl
    return forward_call(*args, **kwargs)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{{error}}
"""
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")


def words(text: str) -> set[str]:
    return {
        word
        for word in re.findall(r"[a-z_]{3,}", text.lower())
        if word not in {"error", "runtimeerror", "the", "and", "with"}
    }


def errors(page: Page) -> list[str]:
    """What the page asserts that Python said: its Error and Warning fences,
    and errors in its consoles.
    """
    fences = [b.code for b in page.blocks if b.kind in ("error", "warning")]
    consoles = [
        line for b in page.blocks if b.lang in ("console", "bash") for line in b.code.splitlines()
    ]
    spoken = [line for line in consoles if re.match(r"[\w.]*(Error|Warning|Exception)\b", line)]
    return [fence.replace("...", " ") for fence in [*fences, *spoken]]


def query_of(page: Page) -> tuple[str, bool]:
    """What somebody with this problem pastes or types: its error, or the question itself;
    and whether it is an error.
    """
    title = str(page.meta["title"])
    best = max(errors(page), key=lambda e: len(words(e) & words(title)), default="")
    shared = len(words(best) & words(title)) / max(1, len(words(title)))
    return (best, True) if shared >= 0.5 else (title, False)


def variations(page: Page) -> dict[str, str]:
    """The same problem, as others see it."""
    text, error = query_of(page)
    if not error:
        return {"asked": text, "lower case": text.lower()}
    half = text[: max(60, len(text) // 2)].rsplit(" ", 1)[0]
    elsewhere = TRACEBACK.format(error=NUMBER.sub(lambda m: str(int(m[0]) + 7), text))
    return {
        "traceback": TRACEBACK.format(error=text),
        "other path and numbers": elsewhere.replace(
            "/home/anna/projects/shop", r"C:\Users\Bo\repos\my-service"
        ),
        "lower case": TRACEBACK.format(error=text).lower(),
        "one line only": next((line for line in text.splitlines() if len(line.split()) > 2), text),
        "cut in half": TRACEBACK.format(error=half),
    }


PASTE = """async ([text, limit]) => {
    const field = document.querySelector("[data-md-component=search-query]");
    const list = document.querySelector(".md-search-result__list");
    const wait = test => new Promise(done => {
        const begin = Date.now();
        const look = () => test() || Date.now() - begin > limit ? done() : setTimeout(look, 15);
        look();
    });
    const meta = document.querySelector(".md-search-result__meta");
    await wait(() => !/initiali/i.test(meta.textContent));
    field.value = "";
    field.dispatchEvent(new Event("keyup", {bubbles: true}));
    await wait(() => !list.children.length);
    const before = meta.textContent;
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const options = {clipboardData: data, bubbles: true, cancelable: true};
    const event = new ClipboardEvent("paste", options);
    if (field.dispatchEvent(event)) {
        field.value = text.replace(/\\r?\\n/g, "");
        field.dispatchEvent(new Event("keyup", {bubbles: true}));
    }
    await wait(() => list.children.length || meta.textContent !== before);
    const links = [...list.children].map(item => item.querySelector("a").getAttribute("href"));
    return {query: field.value, links};
}"""


def search(tab: Any, text: str) -> tuple[str, list[str]]:
    """What stands in the field after pasting, and the pages found, best first."""
    result = tab.evaluate(PASTE, [text, patience(15_000)])
    return result["query"], [
        link.split("?")[0].split("#")[0].strip("/").split("/")[-1] for link in result["links"]
    ]


@pytest.mark.parametrize(
    "slow", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["sample", "every"]
)
def test_a_pasted_error_finds_its_entry(served: str, chromium: Any, slow: bool) -> None:
    names = list(ENTRIES) if slow else browser.spread(list(ENTRIES), QUICK)
    faults, first, asked_for = [], 0, 0
    with browser.tab(chromium) as tab:
        tab.goto(served, wait_until="load")
        tab.focus("[data-md-component=search-query]")
        for name in names:
            for how, text in variations(ENTRIES[name]).items():
                query, links = search(tab, text)
                asked_for, first = asked_for + 1, first + (links[:1] == [name])
                if name not in links[:FIRST]:
                    place = links.index(name) + 1 if name in links else None
                    faults.append(
                        f"{name}, {how}: place {place}, before it {links[:FIRST]}; "
                        f"searched {query!r}"
                    )
    browser.assert_no_faults(faults)
    assert first > 0.8 * asked_for, f"only {first} of {asked_for} found their entry first"
