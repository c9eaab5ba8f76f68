"""Mermaid fences as SVG drawn once, so that a page ships no drawing library.

Mermaid is 3.5 MB of script, and draws after the page has loaded. Drawn when
they are written, the same diagrams cost a few kilobytes, are there without
script, and take their colors from the page's own variables, so that they
follow the light and dark switch (`.diagram` in docs/assets/css/site.css).

A fence may say `accTitle: …` (and `accDescr: …`) as Mermaid does; that is
then its name for screen readers. Without it, its texts are.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fenceproof.project import find_project
from handbook.typeset.cache import Cache, TypesetError, key

HERE = Path(__file__).parent
MERMAID = "Mermaid 11.17.2"
ROOT = find_project(HERE).root
MODULES = ROOT / "node_modules"
SCRIPT = Path(os.environ.get("MERMAID", MODULES / "mermaid/dist/mermaid.min.js"))
FONT = ROOT / "docs/assets/fonts/source-sans-3.woff2"
FENCE = re.compile(r"^(?P<indent>[ ]*)```+ *mermaid[^\n]*\n(?P<source>.*?)^ *```+", re.M | re.S)

ROOMS = (500, 625, 700, 730, 745, 875, 1000, 1400)  # pixels: as in site.css
WIDE = 500  # pixels: what is wider is too small to read on a phone

Drawer = Callable[[Sequence[str]], list[str]]

PAGE = """<!doctype html><meta charset="utf-8">
<style>
@font-face { font-family: "Source Sans 3"; src: url("%s"); font-weight: 200 900 }
body { font: 16px "Source Sans 3" }
</style><body>text</body>"""

DRAW = """async ([id, source]) => {
  await document.fonts.load('16px "Source Sans 3"');
  mermaid.initialize({
    startOnLoad: false, theme: "base", htmlLabels: false, deterministicIds: true,
    securityLevel: "strict", fontFamily: '"Source Sans 3", sans-serif',
    flowchart: { htmlLabels: false, curve: "basis", padding: 12 },
    sequence: { width: 90, actorMargin: 40, diagramMarginX: 8 },
    themeVariables: {
      fontSize: "16px", primaryColor: "#eeeeee", primaryTextColor: "#222222",
      primaryBorderColor: "#777777", lineColor: "#777777"
    }
  });
  return (await mermaid.render(id, source)).svg;
}"""


def find(markdown: str) -> list[str]:
    """Return the sources of the Mermaid fences in a page's Markdown."""
    return [_dedent(m["source"], len(m["indent"])) for m in FENCE.finditer(markdown)]


def draw(sources: Sequence[str]) -> list[str]:
    """Return each diagram as SVG, drawn by Mermaid in a browser."""
    if not SCRIPT.is_file():
        raise TypesetError(
            f"a diagram is not in {HERE / 'diagrams.json'} yet: {_first_lines(sources[0])!r};"
            f" to draw it: npm install --no-save mermaid@{MERMAID.split()[1]},"
            " then python -m handbook.typeset"
        )
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise TypesetError(
            f"playwright, which draws {_first_lines(sources[0])!r}, is not installed"
        ) from error
    drawings = []
    browser_path = os.environ.get("CHROMIUM") or _path_if_installed("/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(FONT.parent.as_uri())
        page.set_content(PAGE % FONT.as_uri())
        page.add_script_tag(path=str(SCRIPT))
        for source in sources:
            try:
                svg = page.evaluate(DRAW, [f"diagram-{key(source)}", source])
            except Error as error:
                message = f"Mermaid refuses {_first_lines(source)!r}: {error}"
                raise TypesetError(message) from error
            drawings.append(style_svg(svg, source))
        browser.close()
    return drawings


class Diagrams:
    """SVG by source: from the cache, and drawn where it is not there."""

    def __init__(self, path: Path = HERE / "diagrams.json", drawer: Drawer = draw) -> None:
        """Keep diagrams in `path`; make new ones with `drawer`."""
        self.cache = Cache(path, MERMAID)
        self._draw = drawer

    def svg(self, sources: Iterable[str]) -> dict[str, str]:
        """Return the SVG of each source. Writes only if one is new."""
        wanted = list(dict.fromkeys(source.strip() for source in sources))
        known = self.cache.entries()
        missing = [source for source in wanted if key(source) not in known]
        if missing:
            drawings = zip(missing, self._draw(missing), strict=True)
            new = {key(source): {"source": source, "svg": svg} for source, svg in drawings}
            self.cache.add(new)
            known = {**known, **new}
        return {source: known[key(source)]["svg"] for source in wanted}


DIAGRAMS = Diagrams()


def fence(
    source: str,
    language: str,
    css_class: str,
    options: Mapping[str, Any],
    md: object,
    **kwargs: object,
) -> str:
    """Return a Mermaid fence's picture, as superfences asks for it."""
    svg = DIAGRAMS.svg([source])[source.strip()]
    other = turn_upright(source.strip(), svg)
    if other is None:
        return f'<div class="diagram">{svg}</div>'
    return (
        f'<div class="diagrams diagrams--{least_room(svg)}">'
        f'<div class="diagram diagram--wide">{svg}</div>'
        f'<div class="diagram diagram--tall">{DIAGRAMS.svg([other])[other]}</div>'
        "</div>"
    )


def least_room(svg: str) -> int:
    """Return the least column, in pixels, in which a wide drawing can be read without scrolling.

    The stylesheet has a rule for each of `ROOMS`, and shows the tall drawing in a narrower column.
    """
    least = re.search(r"min-width:(\d+)px", svg)
    return next((size for size in ROOMS if least and int(least[1]) <= size), ROOMS[-1])


def turn_upright(source: str, svg: str) -> str | None:
    """Return the flow from top to bottom, for a phone, where its drawing is wide."""
    width = re.search(r'width="(\d+)"', svg)
    turned = re.sub(r"\A(flowchart|graph) LR\b", r"\1 TB", source)
    return turned if width and int(width[1]) > WIDE and turned != source else None


def style_svg(svg: str, source: str) -> str:
    """Return the SVG as this site shows it: light, uncolored and named."""
    opening = re.search(r"<svg\b[^>]*>", svg)
    box = opening and re.search(r'viewBox="([^"]+)"', opening[0])
    if not opening or not box:
        raise TypesetError(f"Mermaid made no SVG of {_first_lines(source)!r}")
    inside = _drop_unused(svg.replace(opening[0], "", 1).removesuffix("</svg>"))
    if tag := re.search(r"&lt; */? *\w+ *&gt;", inside):
        shown = html.unescape(tag[0])
        raise TypesetError(f"a tag is shown as text, {shown!r}, in {_first_lines(source)!r}")
    kind = re.search(r'aria-roledescription="([\w-]+)"', opening[0])
    width, height = (float(number) for number in box[1].split()[2:])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{_round_numbers(box[1])}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img"'
        f' style="min-width:{0.7 * width:.0f}px"'
        f' id="diagram-{key(source)}" class="diagram__{kind[1] if kind else "svg"}"'
        f' aria-label="{html.escape(_accessible_name(source, inside))}">{inside}</svg>'
    )


def _drop_unused(svg: str) -> str:
    """Drop what a drawing does not use: styles, spare markers, data, digits."""
    svg = re.sub(r"<(style|title|desc)\b.*?</\1>", "", svg, flags=re.S)
    for spare in re.finditer(r'<(marker|symbol|filter) id="([^"]+)".*?</\1>', svg, re.S):
        if not re.search(rf'[("]#{re.escape(spare[2])}[)"]', svg):
            svg = svg.replace(spare[0], "")
    svg = re.sub(r"<(linearGradient)\b.*?</\1>", "", svg, flags=re.S)
    svg = re.sub(r"<path\b[^>]*\bedge-thickness-invisible\b[^>]*></path>", "", svg)
    svg = re.sub(r"font-family:[^;]*(?:&quot;[^;]*)*;", "", svg)
    svg = re.sub(
        r' (?:data-[\w-]+="[^"]*"|font-(?:style|weight)="normal"|style="[; ]*")',
        "",
        svg,
    )
    svg = re.sub(r"<[^>]+>", lambda tag: _round_numbers(tag[0]), svg)
    empty = re.compile(r"<(g|defs|tspan|text)\b[^>]*></\1>")
    while empty.search(svg):
        svg = empty.sub("", svg)
    return svg


def _round_numbers(text: str) -> str:
    """Return the text with one digit after each decimal point."""
    return re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}", text)


def _accessible_name(source: str, svg: str) -> str:
    """Return the name that the author gave, or the texts in the diagram."""
    given = re.findall(r"^\s*acc(?:Title|Descr)\s*:\s*(.+?)\s*$", source, re.M)
    if given:
        return ". ".join(part.rstrip(".") for part in given)
    texts = re.findall(r"<text\b.*?</text>", svg, re.S)
    words = [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in texts]
    return "Diagram: " + ", ".join(dict.fromkeys(html.unescape(w) for w in words if w))


def _dedent(text: str, indent: int) -> str:
    """Take a fence's own indentation off its lines, as superfences does."""
    lines = (line[indent:] if line[:indent].isspace() else line for line in text.splitlines())
    return "\n".join(lines)


def _first_lines(source: str) -> str:
    """Return a diagram's first telling line."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    return " / ".join(lines[:2])


def _path_if_installed(path: str) -> str | None:
    """Return the path of a browser if there is one."""
    return path if os.path.exists(path) else None
