"""`python -m handbook.typeset`: bring formulas.json and diagrams.json up to date.

Typesets the formulas and draws the diagrams that pages under docs/ have and
the two files lack, and drops those that no page has any more.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markdown import Markdown
from pymdownx.snippets import SnippetMissingError

from fenceproof.project import find_project
from handbook.typeset import diagrams, maths
from handbook.typeset.cache import TypesetError, key

ROOT = find_project(Path(__file__)).root
EXTENSIONS: dict[str, dict[str, Any]] = {
    "pymdownx.arithmatex": {"generic": True},
    "pymdownx.snippets": {
        "base_path": [str(ROOT)],
        "check_paths": True,
        "dedent_subsections": True,
    },
    "pymdownx.superfences": {},
    "pymdownx.tabbed": {"alternate_style": True},
    "admonition": {},
    "attr_list": {},
    "md_in_html": {},
    "pymdownx.details": {},
    "tables": {},
}


def update(pages: Iterable[Path], formulas: maths.Formulas, drawings: diagrams.Diagrams) -> str:
    """Make what the pages need and drop the rest; return what was done."""
    used_formulas: dict[maths.Formula, None] = {}
    drawn: dict[str, None] = {}
    for path in pages:
        text = path.read_text("utf-8")
        drawn.update(dict.fromkeys(source.strip() for source in diagrams.find(text)))
        markdown = Markdown(extensions=list(EXTENSIONS), extension_configs=EXTENSIONS)
        try:
            used_formulas.update(dict.fromkeys(maths.find(markdown.convert(_body(text)))))
        except SnippetMissingError as error:
            raise TypesetError(f"{path}: {error}") from error
    formulas.mathml(used_formulas)
    turned = (diagrams.turn_upright(*drawing) for drawing in drawings.svg(drawn).items())
    drawn.update(dict.fromkeys(source for source in turned if source))
    drawings.svg(drawn)
    spare = formulas.cache.keep({formula.key for formula in used_formulas})
    spare += drawings.cache.keep({key(source) for source in drawn})
    return f"{len(used_formulas)} formulas, {len(drawn)} diagrams; {spare} no longer used"


def _body(text: str) -> str:
    """Return a page without its front matter,
    and without the option of fences that only fenceproof reads.
    """
    if text.startswith("---\n"):
        text = text.partition("\n---\n")[2]
    return re.sub(r'^(\s*```.*?) tolerance="[^"]*"', r"\1", text, flags=re.MULTILINE)


def main() -> int:
    """Update the tree's two files from docs/."""
    try:
        pages = sorted((ROOT / "docs").rglob("*.md"))
        print(update(pages, maths.Formulas(), diagrams.DIAGRAMS))
    except TypesetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
