"""The navigation of the FAQ: on a page of one stage, the other stages are one link each.

Two hundred titles beside every entry are nothing that anybody reads, and were most of the
bytes of its page. A stage's link leads to its table on the FAQ's own page, which has a filter.
"""

from __future__ import annotations

import re

FAQ = "faq/"
HEADING = re.compile(r'<h2 id="([^"]+)">([^<]+)<')
STAGE = re.compile(
    r'<li class="md-nav__item md-nav__item--section md-nav__item--nested">'
    r'(?:(?!<li\b).)*?<span class="md-ellipsis">\s*([^<]+?)\s*</span>(?:(?!<li\b).)*?'
    r'data-md-level="2"',
    re.DOTALL,
)
TAG = re.compile(r"<li\b|</li>")
LINK = (
    '<li class="md-nav__item md-nav__item--pruned md-nav__item--nested">'
    '<a href="{home}#{anchor}" class="md-nav__link"><span class="md-ellipsis">{title}</span>'
    '<span class="md-nav__icon md-icon"></span></a></li>'
)


def fold_stages(pages: dict[str, str]) -> dict[str, str]:
    """The pages of the FAQ, each with one link for a stage that it is not in.

    Args:
        pages: HTML by location, such as `faq/` and `faq/nan-passes/`; others stay as they are.
    """
    anchors = {title: anchor for anchor, title in HEADING.findall(pages.get(FAQ, ""))}
    return {
        location: fold(text, "../" if location != FAQ else "./", anchors)
        if location.startswith(FAQ)
        else text
        for location, text in pages.items()
    }


def fold(page: str, home: str, anchors: dict[str, str]) -> str:
    """One page; a stage without a heading on the FAQ's page stays as it is.

    Args:
        home: the address of that page from this one.
        anchors: of its headings, by their text.
    """
    parts, last = [], 0
    for stage in STAGE.finditer(page):
        title = stage[1]
        if title in anchors:
            end = end_of_item(page, stage.start())
            link = LINK.format(home=home, anchor=anchors[title], title=title)
            parts += [page[last : stage.start()], link]
            last = end
    return "".join([*parts, page[last:]])


def end_of_item(page: str, start: int) -> int:
    """Where the list item that begins at `start` ends."""
    depth = 0
    for tag in TAG.finditer(page, start):
        depth += 1 if tag[0] != "</li>" else -1
        if not depth:
            return tag.end()
    return len(page)
