"""The site side: a Python-Markdown extension that stamps each block with its evidence.

It wraps the formatters of pymdownx.superfences, so that includes, titles, highlights, tabs and
annotations stay as they are, in every builder that uses Python-Markdown. It recognizes the page
that is being rendered by its text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from pymdownx.superfences import SuperFencesException

from fenceproof.evidence import Evidence, anchor, decorate, failure_notes, page_tools
from fenceproof.integration.claim_marks import mark_claims
from fenceproof.project import Project, find_project
from fenceproof.reader import FRONT_MATTER, load_page

OWN_OPTIONS = ("tolerance", "versions")
# a code block of the finished page: its language, and the block of the page that it is
RENDERED = re.compile(
    r'<div class="(?:[\w-]+ )*language-(?P<language>[\w+-]+) [\w -]*highlight[^"]*"(?P<rest>[^>]*)>'
)
ANCHOR = re.compile(r' id="block-(\d+)"')
SHOW = re.compile(r"<!-- show: (?P<name>[\w-]+) -->")
Shown = dict[str, Callable[[Project], str]]


class PagePreprocessor(Preprocessor):
    """Recognizes the page that is rendered, before the includes are resolved."""

    def __init__(self, md: Markdown, project: Project, strict: bool, shown: Shown) -> None:
        super().__init__(md)
        self.project, self.strict, self.shown = project, strict, shown
        self.evidence: Evidence | None = None

    def _find(self, text: str) -> Path | None:
        # MkDocs makes a new Markdown object for each page: what is found here is kept for all
        pages: dict[str, Path] = self.project.memory.setdefault("texts", {})
        if text not in pages:
            pages |= {
                FRONT_MATTER.sub("", p.read_text(encoding="utf-8")).strip(): p
                for p in self.project.pages()
            }
        return pages.get(text)

    def run(self, lines: list[str]) -> list[str]:
        """The page with its tools under the title, and with what `<!-- show: ... -->` asks for.

        Raises:
            SuperFencesException: a strict build must refuse the page.
        """
        path = self._find("\n".join(lines).strip())
        self.evidence = Evidence(load_page(path, self.project)) if path else None
        if self.evidence is None:
            return lines
        if self.strict and (complaint := self.evidence.complaint()):
            raise SuperFencesException(complaint)
        title = next((n for n, line in enumerate(lines) if line.startswith("# ")), None)
        shows = any(SHOW.fullmatch(line.strip()) for line in lines)
        if title is not None and not shows:
            versions = self.evidence.entry["versions"] if self.evidence.entry else {}
            lines = [
                *lines[: title + 1],
                "",
                page_tools(self.evidence.page, versions),
                failure_notes(self.evidence),
                "",
                *lines[title + 1 :],
            ]
        return [self._show(line) for line in lines]

    def _show(self, line: str) -> str:
        """What the site registered for `<!-- show: name -->`; any other line as it is."""
        match = SHOW.fullmatch(line.strip())
        return self.shown[match["name"]](self.project) if match else line


class ClaimPreprocessor(Preprocessor):
    """After the includes are resolved: claims become marks, and `{{ ... }}` become numbers."""

    def __init__(self, md: Markdown, pages: PagePreprocessor) -> None:
        super().__init__(md)
        self.pages = pages

    def run(self, lines: list[str]) -> list[str]:
        """The page's lines with the marks of its claims and with its numbers."""
        evidence = self.pages.evidence
        if evidence is None or not any("<!-- claim" in line or "{{" in line for line in lines):
            return lines
        return mark_claims(lines, evidence)


class LastTreeprocessor(Treeprocessor):
    """Knows when all of a page has been parsed."""

    done = False

    def run(self, root: Any) -> None:
        """Note that the whole page has been parsed."""
        self.done = True


class ShownPostprocessor(Postprocessor):
    """Checks that every fence that was run or compared is a code block of the page, in order and
    in its language, and that the page shows no other.

    superfences accepts an indented fence and turns it back into text later, so the check reads
    the finished HTML.
    """

    def __init__(self, md: Markdown, pages: PagePreprocessor, tree: LastTreeprocessor) -> None:
        super().__init__(md)
        self.pages, self.tree = pages, tree

    def run(self, text: str) -> str:
        """The same HTML, if it shows every fence that was run or compared.

        Raises:
            SuperFencesException: a fence is not shown as a code block.
        """
        evidence = self.pages.evidence
        # the table of contents runs this, too, for the text of each heading
        if not (self.pages.strict and evidence and self.tree.done):
            return text
        at = 0
        for block in evidence.page.blocks:
            if block.kind in ("text", "mermaid"):
                continue
            at = text.find(f'id="{anchor(block)}"', at)
            if at < 0:
                raise SuperFencesException(
                    f"{block.where}: the page does not show this fence as a code block here: "
                    "look at its indentation"
                )
        for rendered in RENDERED.finditer(text):
            number, language = ANCHOR.search(rendered["rest"]), rendered["language"]
            lang = evidence.page.blocks[int(number[1]) - 1].lang if number else "text"
            if language != lang:
                page = self.pages.project.shown(evidence.page.path)
                code = re.sub("<[^>]*>", "", text[rendered.end() : rendered.end() + 400]).strip()
                raise SuperFencesException(
                    f"{page}: the page shows a block of {language!r} that is none of its fences, "
                    f"or one of {lang!r}; it begins with {code[:60]!r}"
                )
        return text


class FenceproofExtension(Extension):
    """Options: `strict` refuses pages without a valid record
    (default: environment variable FENCEPROOF_STRICT).
    """

    def __init__(self, **options: Any) -> None:
        self.config = {
            "strict": [
                os.environ.get("FENCEPROOF_STRICT", "") not in ("", "0"),
                "refuse pages without a valid record",
            ],
            "root": [".", "a folder of the project"],
            "shown": [{}, "name -> function of the project, for <!-- show: name -->"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the processors, in the order that their priorities give."""
        project = find_project(Path(self.getConfig("root")))
        self.pages = PagePreprocessor(
            md, project, bool(self.getConfig("strict")), self.getConfig("shown")
        )
        md.preprocessors.register(self.pages, "fenceproof", 100)  # before pymdownx.snippets, at 32
        # after pymdownx.snippets, at 32, and before superfences, at 25
        md.preprocessors.register(ClaimPreprocessor(md, self.pages), "fenceproof-claims", 31)
        self.tree = LastTreeprocessor(md)
        md.treeprocessors.register(self.tree, "fenceproof-last", -100)
        shown = ShownPostprocessor(md, self.pages, self.tree)
        md.postprocessors.register(shown, "fenceproof-shown", -100)
        self.md = md
        md.registerExtension(self)

    def reset(self) -> None:
        """Called before each page: superfences has just put its own formatters in place."""
        self.tree.done = False
        superfences: Any = self.md.preprocessors["fenced_code_block"]
        for fence in superfences.extension.superfences:
            if not getattr(fence["formatter"], "fenceproof", False):
                fence["formatter"] = self._format(fence["formatter"])
                fence["validator"] = self._validate(fence["validator"])

    def _format(self, formatter: Callable[..., str]) -> Callable[..., str]:
        def format_and_stamp(src: str = "", *args: Any, **kwargs: Any) -> str:
            return decorate(self.pages.evidence, src, formatter(src, *args, **kwargs))

        format_and_stamp.fenceproof = True  # type: ignore[attr-defined]
        return format_and_stamp

    def _validate(self, validator: Callable[..., bool]) -> Callable[..., bool]:
        def without_own(language: str, values: dict[str, str], *args: Any, **kwargs: Any) -> bool:
            return validator(
                language, {k: v for k, v in values.items() if k not in OWN_OPTIONS}, *args, **kwargs
            )

        return without_own


def makeExtension(**options: Any) -> FenceproofExtension:
    """Entry point of Python-Markdown: `markdown_extensions: [fenceproof]`."""
    return FenceproofExtension(**options)
