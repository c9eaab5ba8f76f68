"""A hook of MkDocs: Markdown beside each page,
and after a build all that makes the site small and safe.

`make serve` leaves the pages as they are: faster to build, easier to look into.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

from pygments.token import STANDARD_TYPES, Keyword, Name, Operator, Punctuation, Text

from fenceproof.project import find_project
from fenceproof.reader import load_page
from handbook.publish import cards, csp, llms, search, stylesheet

STATE: dict[str, Any] = {"command": "build", "nav": None}
INK = (
    Name,
    Name.Attribute,
    Name.Property,
    Name.Variable,
    Keyword.Constant,
    Operator,
    Punctuation,
    Punctuation.Indicator,
    Text.Whitespace,
)


def on_startup(command: str, dirty: bool) -> None:
    STATE["command"] = command
    # shown in the colour of all code: no element each
    cast(dict[Any, str], STANDARD_TYPES).update(dict.fromkeys(INK, ""))


def on_nav(nav: Any, config: Any, files: Any) -> Any:
    STATE["nav"] = nav
    return nav


def on_page_content(rendered: str, page: Any, config: Any, files: Any) -> str:
    """Write the page's Markdown beside it."""
    source = Path(page.file.abs_src_path or "")
    if source.suffix == ".md":
        target = Path(page.file.abs_dest_path).with_name("index.md")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(llms.markdown(load_page(source, find_project(source))), encoding="utf-8")
    return rendered


def collapse_whitespace(page: str) -> str:
    """The page without the templates' indentation;
    what stands in pre, script and textarea is kept.
    """
    parts = re.split(r"(<(pre|script|textarea|style)\b.*?</\2>)", page, flags=re.DOTALL)
    return "".join(
        part if n % 3 == 1 else re.sub(r"\n\s+", "\n", part)
        for n, part in enumerate(parts)
        if n % 3 != 2
    )


def on_post_build(config: Any) -> None:
    site = Path(config["site_dir"])
    (site / "llms.txt").write_text(llms.llms(STATE["nav"], config), encoding="utf-8")
    (site / "robots.txt").write_text(llms.robots(config), encoding="utf-8")
    if STATE["command"] != "build":
        return
    search.finish(site)
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    for path, text in stylesheet.bundle_stylesheets(
        site, cards.add_social_cards(site, pages, config)
    ).items():
        path.write_text(csp.protect(collapse_whitespace(text)), encoding="utf-8")
    for sheet in site.glob("assets/css/*.css"):
        sheet.write_text(stylesheet.minify_css(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    for script in site.glob("assets/js/*.js"):
        script.write_text(
            stylesheet.strip_comments(script.read_text(encoding="utf-8")), encoding="utf-8"
        )
    for spare in (
        *site.glob("assets/javascripts/**/*.map"),
        *site.glob("assets/javascripts/lunr/**/*.js"),
    ):
        spare.unlink()
