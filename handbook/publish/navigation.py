"""The navigation of the FAQ: an entry has its neighbors beside it, and a link for each stage.

Three hundred titles beside every entry are nothing that anybody reads, and were most of the
bytes of its page. A stage's link leads to its table on the FAQ's own page, which has a filter.
"""

from __future__ import annotations

import re

FAQ = "faq/"
HEADING = re.compile(r'<h2 id="([^"]+)">([^<]+)<')
LIST = (  # of a stage, up to its entries; its title is a group
    r'<li class="md-nav__item {active}md-nav__item--section md-nav__item--nested">'
    r'(?:(?!<li\b).)*?<span class="md-ellipsis">\s*([^<]+?)\s*</span>(?:(?!<li\b).)*?'
    r'data-md-level="2"'
)
OTHER = re.compile(LIST.format(active=""), re.DOTALL)
OWN = re.compile(LIST.format(active="md-nav__item--active "), re.DOTALL)
NEIGHBORS = 2  # entries that stay before and after the one that is read
ENTRY = re.compile(
    r'<li class="md-nav__item">\s*<a href="\.\./[^"#]+" class="md-nav__link">'
    r"(?:(?!<li\b).)*?</li>\s*",
    re.DOTALL,
)
CURRENT = '<li class="md-nav__item md-nav__item--active">'
TAG = re.compile(r"<li\b|</li>")
LINK = (
    '<li class="md-nav__item md-nav__item--pruned md-nav__item--nested">'
    '<a href="{home}#{anchor}" class="md-nav__link"><span class="md-ellipsis">{title}</span>'
    '<span class="md-nav__icon md-icon"></span></a></li>'
)


def fold_stages(pages: dict[str, str]) -> dict[str, str]:
    """The pages of the FAQ, each with its neighbors, and with one link for each other stage.

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
    for stage in OTHER.finditer(page):
        title = stage[1]
        if title in anchors:
            end = end_of_item(page, stage.start())
            link = LINK.format(home=home, anchor=anchors[title], title=title)
            parts += [page[last : stage.start()], link]
            last = end
    return keep_neighbors("".join([*parts, page[last:]]), home, anchors)


def keep_neighbors(page: str, home: str, anchors: dict[str, str]) -> str:
    """One page without the entries of its own stage that are far from it in the list; a link to
    the stage's table is there for them.
    """
    stage = OWN.search(page)
    if not stage or stage[1] not in anchors:
        return page
    end = end_of_item(page, stage.start())
    listed = page[stage.end() : end]
    current = listed.find(CURRENT)
    entries = list(ENTRY.finditer(listed))
    before = [entry for entry in entries if entry.start() < current]
    after = [entry for entry in entries if entry.start() > current]
    far = [*before[:-NEIGHBORS], *after[NEIGHBORS:]]
    if current < 0 or not far:
        return page
    for entry in reversed(far):
        listed = listed[: entry.start()] + listed[entry.end() :]
    title = f"All {len(entries) + 1} of this stage"
    link = LINK.format(home=home, anchor=anchors[stage[1]], title=title)
    close = listed.rindex("</ul>")
    listed = listed[:close] + link + listed[close:]
    return page[: stage.end()] + listed + page[end:]


def end_of_item(page: str, start: int) -> int:
    """Where the list item that begins at `start` ends."""
    depth = 0
    for tag in TAG.finditer(page, start):
        depth += 1 if tag[0] != "</li>" else -1
        if not depth:
            return tag.end()
    return len(page)
