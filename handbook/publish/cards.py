"""Pictures that show a page when somebody shares its address:
drawn offline, in `make site` only (CARDS=1).
"""

from __future__ import annotations

import html
import io
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from fenceproof.project import Project, find_project

ROOT = find_project(Path(__file__)).root
FONT = ROOT / "docs/assets/fonts/source-sans-3.woff2"
SIZE, LEFT = (1200, 630), 84
PAPER, INK, QUIET, BRAND, SPARK = "#fdfcf9", "#1f2c34", "#50606a", "#0b5b62", "#a8431b"
TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)


@lru_cache(maxsize=1)
def _font() -> bytes:
    from fontTools.ttLib import TTFont

    font, out = TTFont(FONT), io.BytesIO()
    font.flavor = None
    font.save(out)
    return out.getvalue()


def _at(size: int, weight: int) -> Any:
    from PIL import ImageFont

    font = ImageFont.truetype(io.BytesIO(_font()), size)
    font.set_variation_by_axes([weight])
    return font


def _wrapped(words: list[str], font: Any, width: float) -> list[str]:
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def draw(title: str, chapter: str, name: str) -> bytes:
    """A card as PNG."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, SIZE[0], 16), fill=BRAND)
    pen.rounded_rectangle((LEFT, 84, LEFT + 60, 144), 9, outline=BRAND, width=8)
    pen.line(
        [(LEFT + 16, 108), (LEFT + 32, 124), (LEFT + 74, 80)], fill=SPARK, width=9, joint="curve"
    )
    pen.text((LEFT + 96, 114), name, font=_at(38, 650), fill=INK, anchor="lm")
    if chapter:
        pen.text((LEFT, 226), chapter, font=_at(32, 600), fill=BRAND, anchor="lm")
    for size in (76, 66, 56, 48):
        font = _at(size, 700)
        lines = _wrapped(title.split(), font, SIZE[0] - 2 * LEFT)
        if len(lines) * size * 1.15 <= 290:
            break
    for number, line in enumerate(lines[:5]):
        pen.text((LEFT, 262 + number * size * 1.15), line, font=font, fill=INK)
    pen.text(
        (LEFT, 578),
        "Every block on the page was run before it was published.",
        font=_at(30, 400),
        fill=QUIET,
        anchor="ls",
    )
    out = io.BytesIO()
    picture.quantize(32, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def add_social_cards(site: Path, pages: dict[Path, str], project: Project) -> dict[Path, str]:
    """Draw a card for each page, and the pages with the card's address,
    where cards are wanted and the site knows its address.
    """
    if os.environ.get("CARDS", "") in ("", "0") or not project.site_url:
        return pages
    pages_with_cards: dict[Path, str] = {}
    name = str(project.config["site_name"])
    for path, text in pages.items():
        where, heading = path.parent.relative_to(site).as_posix(), TITLE.search(text)
        card = f"assets/cards/{where.replace('/', '-').strip('.') or 'index'}.png"
        words = re.sub(
            r"<a class=\"headerlink\".*?</a>|<[^>]+>",
            "",
            heading[1] if heading else name,
        )
        active = re.search(r'md-tabs__item--active">.*?>\s*([^<]+?)\s*</a>', text, re.DOTALL)
        chapter = active[1] if active and path != site / "index.html" else ""
        (site / card).parent.mkdir(parents=True, exist_ok=True)
        (site / card).write_bytes(draw(html.unescape(words), html.unescape(chapter), name))
        address = html.escape(f"{project.site_url}{card}")
        head = (
            f'<meta property="og:image" content="{address}">\n'
            '      <meta name="twitter:card" content="summary_large_image">\n    '
        )
        pages_with_cards[path] = text.replace("</head>", head + "</head>", 1)
    return pages_with_cards
