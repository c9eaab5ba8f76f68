"""Numbers in prose that have no source which a reader could check.

`python -m fenceproof numbers` lists digits that neither a block of the page, nor an expression over
benchmarks' results, nor a link in the same paragraph accounts for. Dates, versions and names are no
figures; what is left and harmless (sizes of inputs, limits by definition) is allowed per page in
`numbers.toml`, with a reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fenceproof.page import Page
from fenceproof.project import Project, find_project
from fenceproof.reader import HEADING, load_page, visible_lines

FILE = "numbers.toml"
NUMBER = re.compile(r"(?<![\w./-])\d[\d,]*(?:\.\d+)*(?:e-?\d+)?(?![\w/])")
# code, formulas, comments, tags, expressions, and the targets of links
NO_PROSE = re.compile(
    r"(`+).*?\1|\$[^$]*\$|<!--.*?-->|<[^>]*>|\{\{.*?\}\}|\]\([^)]*\)|\{[:#. ][^}]*\}"
)
LINK = re.compile(r"\]\(|<https?:")
YEAR = re.compile(r"(?:19|20)\d\d")
VERSION = re.compile(r"\d+(?:\.\d+){2,}")
# words before a number that make it a name: `Python 3.12`, `opset 18`, `torch 2.13`
NAMED = re.compile(
    r"(?:torch|pytorch|python|version|cuda|opset|kubernetes|http|wcag|runtime|ray|onnx|numpy|cmake|"
    r"ios|android|debian|ubuntu|gcc|fastapi|torchao|transformers|pillow|pip|port|ports|status|"
    r"section)(?: up to)? $"
)
STATUS = re.compile(r"[345]\d\d")  # of HTTP
UNIT = re.compile(r" ?(?:%|ms|s|kB|MB|GB|bytes|movies|rows|times)\b")
VERSIONS = "**Versions:**"  # a line of the FAQ that holds nothing else
LIST_ITEM = re.compile(r"^[> \t]*\d+\. ")


@dataclass(frozen=True)
class Figure:
    """A number in prose without a source.

    Args:
        line: of the page.
        text: as it is written.
        sentence: the line that holds it.
    """

    line: int
    text: str
    sentence: str


def figures(page: Page) -> Iterator[Figure]:
    """The numbers of a page's prose that nothing on the page accounts for, in its order."""
    known = {
        number.replace(",", "")
        for block in page.blocks
        for number in re.findall(r"\d[\d,]*(?:\.\d+)?", block.code)
    }
    fenced = page.fenced
    for number, visible in enumerate(visible_lines(page, expand=False)):
        origins = page.lines[number].origins
        if visible is None or number in fenced or HEADING.match(visible):
            continue
        # what is included a benchmark wrote; what is linked is the source's
        if len(origins) > 1 or LINK.search(visible) or visible.startswith(VERSIONS):
            continue
        text = NO_PROSE.sub("", LIST_ITEM.sub("", visible))
        for match in NUMBER.finditer(text):
            value = match[0].rstrip(".,").replace(",", "")
            before = text[: match.start()].lower()
            if value in known or YEAR.fullmatch(value) or VERSION.fullmatch(value):
                continue
            status = STATUS.fullmatch(value) and not UNIT.match(text[match.end() :])
            if status or NAMED.search(before):
                continue
            yield Figure(origins[0][1], match[0].rstrip(".,"), visible.strip())


def check(project: Project) -> list[str]:
    """What is neither accounted for nor allowed, one line per number with file and line; and what
    is allowed but not there any more.

    Raises:
        ValueError: the list of what is allowed cannot be read.
    """
    path = project.root / FILE
    try:
        allowed = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{FILE}: {error}") from None
    faults = []
    for page in (load_page(path, project) for path in project.pages()):
        left = {str(number) for number in allowed.pop(page.name, {})}
        spare = set(left)
        for figure in figures(page):
            spare.discard(figure.text)
            if figure.text not in left:
                shown = project.shown(page.path)
                faults.append(f"{shown}:{figure.line}: {figure.text} from where? {figure.sentence}")
        faults += [f"{FILE}: {page.name} has no {number} any more" for number in sorted(spare)]
    faults += [f"{FILE}: there is no page {name}" for name in sorted(allowed)]
    return faults


def main(root: Path) -> int:
    """Print the numbers without a source; 1 if there are any."""
    try:
        faults = check(find_project(root))
    except ValueError as error:
        faults = [str(error)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0
