"""The last step of a build: what readers fetch becomes small, safe and easy to find.

`publish` works on a folder that a builder has filled, whichever builder that was.
"""

from __future__ import annotations

import html
import re
import textwrap
from pathlib import Path

from pygments.token import STANDARD_TYPES, Keyword, Name, Operator, Punctuation, Text

from fenceproof.project import Project
from handbook.publish import (
    cards,
    csp,
    llms,
    navigation,
    other_names,
    redirects,
    scripts,
    search,
    stylesheet,
)

# Shown in the color of all code: one element per token would double a page's code.
PLAIN_TOKENS = (
    Name,
    Name.Attribute,
    Name.Property,
    Name.Variable,
    Keyword.Constant,
    Operator,
    Punctuation,
    Text.Whitespace,
)
PLAIN = re.compile(
    '<span class="(?:p p-Indicator|'
    f'{"|".join(STANDARD_TYPES[token] for token in PLAIN_TOKENS)})">([^<]*)</span>'
)
NAVIGATED = re.compile(
    r'(<\w+ [^>]*class="md-nav__link[^>]*>\s*<span class="md-ellipsis">\s*)([^<]*?)(\s*</span>)'
)
# HTML needs no namespace in a picture; the index, which is left out here, is made by now.
NEEDLESS = re.compile(' (?:xmlns="http://www.w3.org/2000/svg"|data-search-exclude="")')
LONGEST = 60  # characters of a title in the navigation, which has room for less
CODE = re.compile(r"<code\b.*?</code>", re.DOTALL)


def publish(site: Path, project: Project) -> None:
    """Finish a built site, in place.

    Args:
        site: the folder that the builder has filled.
        project: what it was built from.
    """
    llms.write(site, project)
    other_names.write_other_names(site, project)
    search.finish(site, project)
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    pages = cards.add_social_cards(site, pages, project)
    pages = {path: shorten(text) for path, text in pages.items()}
    located = {path.parent.relative_to(site).as_posix() + "/": path for path in pages}
    folded = navigation.fold_stages({at: pages[path] for at, path in located.items()})
    pages |= {located[at]: text for at, text in folded.items()}
    pages = stylesheet.bundle_stylesheets(site, pages)
    for path, text in pages.items():
        path.write_text(csp.protect(text), encoding="utf-8")
    for sheet in site.glob("assets/css/*.css"):
        sheet.write_text(stylesheet.minify_css(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    for script in site.glob("assets/js/*.js"):
        script.write_text(
            scripts.strip_comments(script.read_text(encoding="utf-8")), encoding="utf-8"
        )
    for spare in (
        *site.glob("assets/javascripts/**/*.map"),
        *site.glob("assets/javascripts/lunr/**/*.js"),
    ):
        spare.unlink()
    redirects.write_redirects(site, project)


def preview(site: Path, project: Project) -> None:
    """Add to a site what its pages link and fetch besides: the Markdown beside each, and the
    other names of the FAQ's entries, for `make serve`.
    """
    llms.write_markdown(site, project)
    other_names.write_other_names(site, project)


def shorten(page: str) -> str:
    """The same page in fewer bytes."""
    page = NEEDLESS.sub("", NAVIGATED.sub(lambda m: m[1] + shorten_title(m[2]) + m[3], page))
    return collapse_whitespace(scripts.minify_inline_scripts(drop_plain_tokens(page)))


def shorten_title(title: str) -> str:
    """The title of a page as the navigation shows it: whole errors stand in the titles of the FAQ.

    Args:
        title: as HTML, without elements.
    """
    return html.escape(textwrap.shorten(html.unescape(title), LONGEST, placeholder=" …"), False)


def drop_plain_tokens(page: str) -> str:
    """The page without the elements of code that no rule colors."""
    return CODE.sub(lambda code: PLAIN.sub(r"\1", code[0]), page)


def collapse_whitespace(page: str) -> str:
    """The page without the templates' indentation;
    the content of pre, script and textarea is kept.
    """
    parts = re.split(r"(<(pre|script|textarea|style)\b.*?</\2>)", page, flags=re.DOTALL)
    return "".join(
        part if n % 3 == 1 else re.sub(r"\n\s+", "\n", part)
        for n, part in enumerate(parts)
        if n % 3 != 2
    )
