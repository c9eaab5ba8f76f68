"""A Markdown extension that shows formulas as MathML, without any script.

`pymdownx.arithmatex` (with `generic: true`) finds the formulas; Temml
(`vendor/temml.cjs`, run by Node.js) turns each into MathML once, and `formulas.json`
keeps it. A build whose formulas are all there needs no Node.js.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from handbook.typeset.cache import Cache, Entry, TypesetError, key

HERE = Path(__file__).parent
TEMML = "Temml 0.13.5"
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">'
    r"(?:\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\])</(?P=tag)>",
    re.DOTALL,
)
PROGRAM = """
const temml = require(process.argv[1]);
const made = JSON.parse(require("fs").readFileSync(0)).map(([tex, displayMode]) => {
  try {
    const options = { displayMode, annotate: true, throwOnError: true };
    return { mathml: temml.renderToString(tex, options) };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(made));
"""


@dataclass(frozen=True)
class Formula:
    """TeX as an author wrote it, in the line or on lines of its own."""

    tex: str
    display: bool

    @property
    def key(self) -> str:
        """The formula's name in the cache."""
        return key("display" if self.display else "inline", self.tex)

    def __str__(self) -> str:
        """Return the formula between its dollar signs."""
        return f"$$ {self.tex} $$" if self.display else f"${self.tex}$"


Typesetter = Callable[[Sequence[Formula]], list[str]]


def find(page: str) -> list[Formula]:
    """Return the formulas in a page's HTML, in order, each one once."""
    return list(dict.fromkeys(_formula(match) for match in FORMULA.finditer(page)))


def typeset(formulas: Sequence[Formula]) -> list[str]:
    """Return each formula's MathML; raise `TypesetError` where Temml refuses."""
    node = shutil.which("node")
    if node is None:
        raise TypesetError(
            f"the formula {formulas[0]} is not in {HERE / 'formulas.json'} yet, and"
            " Node.js, which would typeset it, is not installed"
        )
    formulas_json = json.dumps([(formula.tex, formula.display) for formula in formulas])
    run = subprocess.run(
        [node, "-e", PROGRAM, str(HERE / "vendor/temml.cjs")],
        input=formulas_json,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    if run.returncode:
        raise TypesetError(f"Temml did not run for {formulas[0]}: {run.stderr.strip()}")
    results: list[Entry] = json.loads(run.stdout)
    for formula, result in zip(formulas, results, strict=True):
        if "error" in result:
            raise TypesetError(f"TeX error in {formula}: {result['error']}")
    return [_quiet(result["mathml"]) for result in results]


class Formulas:
    """MathML by formula: from the cache, and typeset where it is not there."""

    def __init__(
        self, path: Path = HERE / "formulas.json", typesetter: Typesetter = typeset
    ) -> None:
        """Keep formulas in `path`; make new ones with `typesetter`."""
        self.cache = Cache(path, TEMML)
        self._typeset = typesetter

    def mathml(self, formulas: Iterable[Formula]) -> dict[Formula, str]:
        """Return the MathML of each formula. Writes only if one is new."""
        wanted = list(dict.fromkeys(formulas))
        known = self.cache.entries()
        missing = [formula for formula in wanted if formula.key not in known]
        if missing:
            typeset_formulas = zip(missing, self._typeset(missing), strict=True)
            new = {f.key: {"tex": str(f), "mathml": mathml} for f, mathml in typeset_formulas}
            self.cache.add(new)
            known = {**known, **new}
        return {formula: known[formula.key]["mathml"] for formula in wanted}


class MathsPostprocessor(Postprocessor):
    """Puts MathML where arithmatex left TeX between brackets."""

    def __init__(self, md: Markdown, formulas: Formulas) -> None:
        """Take MathML from `formulas`."""
        super().__init__(md)
        self.formulas = formulas

    def run(self, text: str) -> str:
        """Return the page with its formulas typeset."""
        if "arithmatex" not in text:
            return text
        mathml = self.formulas.mathml(find(text))

        def show(match: re.Match[str]) -> str:
            formula = _formula(match)
            if formula.display:
                return f'<div class="formula">{mathml[formula]}</div>'
            return f'<span class="formula">{mathml[formula]}</span>'

        return FORMULA.sub(show, text) if mathml else text


class MathsExtension(Extension):
    """Typesets what `pymdownx.arithmatex` finds."""

    def __init__(self, formulas: Formulas | None = None, **kwargs: Any) -> None:
        """Take MathML from `formulas`, by default those kept beside this file."""
        self.formulas = formulas or Formulas()
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:
        """Run after raw HTML is back in place (priority 30)."""
        md.postprocessors.register(MathsPostprocessor(md, self.formulas), "maths", 5)


def makeExtension(**kwargs: Any) -> MathsExtension:
    """Return the extension, as Python-Markdown asks for it."""
    return MathsExtension(**kwargs)


def _formula(match: re.Match[str]) -> Formula:
    """Return the formula that a match holds, its entities as characters."""
    display = match["display"] is not None
    tex = match["display"] if display else match["inline"]
    return Formula(html.unescape(tex).strip(), display)


def _quiet(mathml: str) -> str:
    """Keep the TeX annotation, which screen readers use, out of the search."""
    return mathml.replace("<annotation ", "<annotation data-search-exclude ")
