"""The site side: a Python-Markdown extension that stamps each block with its evidence.

It wraps the formatters of pymdownx.superfences, so that includes, titles,
highlights, tabs and annotations stay as they are, in every builder that uses
Python-Markdown. Which page is being rendered it finds by the page's text.
"""

from __future__ import annotations

import datetime
import functools
import html
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from pymdownx.superfences import SuperFencesException

from weave import record, tangle
from weave.page import EXPECTED, FRONT_MATTER, Block, Page, read_page
from weave.project import Project, find_project

SUMMARY = "<!-- weave: summary -->"
SAID = {
    "ran": "Ran",
    "compared": "Compared with the run",
    "parsed": "Parsed",
    "written": "Saved as a file and used",
}
OWN_OPTIONS = ("tolerance",)
WORDS_A_MINUTE, LINES_A_MINUTE = 220, 60  # of prose, and of code


def day(iso: str) -> str:
    return f"{datetime.date.fromisoformat(iso):%-d %B %Y}"


class Evidence:
    """A page being rendered: its blocks, and what the records say of them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.left = list(page.blocks)
        try:
            self.entries = record.load(page)
            self.fault = ""
        except record.BadRecord as error:
            self.entries, self.fault = {}, str(error)
        self.entry = record.baseline(self.entries, page.project)
        self.valid = self.entry is not None and record.valid(self.entry, page)

    def complaint(self) -> str:
        """Why a strict build must refuse the page, or nothing."""
        if self.page.problems:
            problem = self.page.problems[0]
            return f"{self.page.project.shown(problem.path)}:{problem.line}: {problem.message}"
        if not self.page.blocks or self.valid:
            return ""
        shown = self.page.project.shown(self.page.path)
        if self.fault:
            return f"{shown}: {self.fault}"
        state = "changed since its record" if self.entry else "has no record for the baseline environment"
        return f"{shown}:{self.page.blocks[0].line}: the page {state}: run `make record`"

    def take(self, source: str) -> Block | None:
        """The block that a fence on the page is; the first not yet taken with this text."""
        wanted = source.rstrip("\n")
        for block in self.left:
            if block.code.rstrip("\n").expandtabs(4) == wanted or block.code.rstrip("\n") == wanted:
                self.left.remove(block)
                return block
        return None

    def line(self, block: Block) -> tuple[str, str]:
        """(class, text) of the line under a block."""
        if self.entry is None or len(self.entry["blocks"]) <= block.index:
            return "stale", "Not run yet"
        if not self.valid:
            return "stale", f"Changed since it last ran on {day(self.entry['date'])}"
        result = self.entry["blocks"][block.index]
        if result["outcome"] == "skipped":
            return "skipped", f"Not run: {result['reason']}"
        versions = self.entry["versions"]
        parts = [f"{SAID[result['outcome']]} on {day(self.entry['date'])}"]
        if result["outcome"] == "ran":
            parts += [f"torch {versions['torch']}"] if "torch" in versions else []
            parts += [f"Python {self.entry['python']}", f"{result['seconds']:.2g} s"]
        return result["outcome"], " · ".join(parts)


def decorate(evidence: Evidence | None, source: str, rendered: str) -> str:
    """Add to a rendered fence what its record says, and what its copy button yields."""
    block = evidence.take(source) if evidence else None
    if evidence is None or block is None or block.kind in ("text", "mermaid"):
        return rendered
    start, _, rest = rendered.partition(">")
    if block.kind in EXPECTED:
        start = start.replace('class="', f'class="weave-{block.kind} no-copy ', 1)
    else:
        copied = html.escape(block.copied).replace("\n", "&#10;")
        start += f' data-copy="{copied}"'
    kind, text = evidence.line(block)
    note = f'<p class="verified verified--{kind}">{html.escape(text)}</p>' if text else ""
    body, end, tail = rest.rpartition("</div>")
    return f"{start}>{body}{note}{end}{tail}"


def downloads(page: Page) -> str:
    """The line under the title: reading time, requirements and the page as a program."""
    code = {n for b in page.blocks for n in range(b.start, b.start + len(b.lines) + 2)}
    words = sum(len(line.split()) for n, line in enumerate(page.lines) if n not in code)
    parts = [f"{max(1, round(words / WORDS_A_MINUTE + len(code) / LINES_A_MINUTE))} min read"]
    if page.requires:
        parts.append("Requires " + ", ".join(f"<code>{html.escape(name)}</code>" for name in page.requires))
    up = "../" * (len(page.name.split("/")) - page.path.name.startswith("index."))
    for label, target in tangle.targets(page).items():
        parts.append(f'<a href="{up}downloads/{target}" download>{label}</a>')
    return f'<p class="downloads">{" · ".join(parts)}</p>'


@functools.lru_cache(maxsize=4)
def _summary(project: Project, stamp: float) -> str:
    """Figures of all records of the baseline environment."""
    pages = [read_page(path, project) for path in project.pages() if not project.is_translation(path)]
    found = [(page, evidence) for page in pages if page.blocks and (evidence := Evidence(page)).valid and evidence.entry]
    blocks = [b["outcome"] for _, e in found if e.entry for b in e.entry["blocks"]]
    if not blocks:
        return '<div class="summary"><p>No page has a record yet.</p></div>'
    entries = [e.entry for _, e in found if e.entry]
    entry = max(entries, key=lambda e: (e["date"], "torch" in e["versions"]))
    torch = next((e["versions"]["torch"] for e in entries if "torch" in e["versions"]), "")
    figures = {
        "blocks run": sum(b == "ran" for b in blocks),
        "outputs, errors and files checked": sum(b in ("compared", "parsed", "written") for b in blocks),
        "skipped, with the reason shown": sum(b == "skipped" for b in blocks),
        "pages": len(found),
    }
    items = "".join(f"<div><dt>{label}</dt><dd>{number}</dd></div>" for label, number in figures.items())
    where = f"Last run on {day(entry['date'])} with torch {torch}, Python {entry['python']} on {entry['platform']} ({entry['device']})."
    return f'<div class="summary"><dl class="figures">{items}</dl><p>{where}</p></div>'


def _stamp(project: Project) -> float:
    files = [*project.docs.rglob("*.md"), *(project.root / "records").rglob("*.json")]
    return max((path.stat().st_mtime for path in files), default=0.0)


class PagePreprocessor(Preprocessor):
    """Finds out which page is rendered, before the includes are resolved."""

    def __init__(self, md: Markdown, project: Project, strict: bool) -> None:
        super().__init__(md)
        self.project, self.strict = project, strict
        self.evidence: Evidence | None = None
        self._known: dict[str, Path] = {}

    def _find(self, text: str) -> Path | None:
        path = self._known.get(text)
        if path is None:
            self._known = {FRONT_MATTER.sub("", p.read_text(encoding="utf-8")).strip(): p for p in self.project.pages()}
            path = self._known.get(text)
        return path

    def run(self, lines: list[str]) -> list[str]:
        path = self._find("\n".join(lines).strip())
        self.evidence = Evidence(read_page(path, self.project)) if path else None
        if self.evidence is None:
            return lines
        if self.strict and (complaint := self.evidence.complaint()):
            raise SuperFencesException(complaint)
        title = next((n for n, line in enumerate(lines) if line.startswith("# ")), None)
        if title is not None and self.evidence.page.blocks:
            lines = [*lines[: title + 1], "", downloads(self.evidence.page), "", *lines[title + 1 :]]
        return [_summary(self.project, _stamp(self.project)) if line.strip() == SUMMARY else line for line in lines]


class WeaveExtension(Extension):
    """Options: `strict` refuses pages without a valid record (default: environment variable WEAVE_STRICT)."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "strict": [os.environ.get("WEAVE_STRICT", "") not in ("", "0"), "refuse pages without a valid record"],
            "root": [".", "a folder of the project"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        project = find_project(Path(self.getConfig("root")))
        self.pages = PagePreprocessor(md, project, bool(self.getConfig("strict")))
        md.preprocessors.register(self.pages, "weave", 100)  # before pymdownx.snippets, at 32
        self.md = md
        md.registerExtension(self)

    def reset(self) -> None:
        """Called before each page: superfences has just put its own formatters in place."""
        superfences: Any = self.md.preprocessors["fenced_code_block"]
        for fence in superfences.extension.superfences:
            if not getattr(fence["formatter"], "weave", False):
                fence["formatter"] = self._format(fence["formatter"])
                fence["validator"] = self._validate(fence["validator"])

    def _format(self, formatter: Callable[..., str]) -> Callable[..., str]:
        def format_and_stamp(src: str = "", *args: Any, **kwargs: Any) -> str:
            return decorate(self.pages.evidence, src, formatter(src, *args, **kwargs))

        format_and_stamp.weave = True  # type: ignore[attr-defined]
        return format_and_stamp

    def _validate(self, validator: Callable[..., bool]) -> Callable[..., bool]:
        def without_own(language: str, values: dict[str, str], *args: Any, **kwargs: Any) -> bool:
            return validator(language, {k: v for k, v in values.items() if k not in OWN_OPTIONS}, *args, **kwargs)

        return without_own


def makeExtension(**options: Any) -> WeaveExtension:
    """Entry point of Python-Markdown: `markdown_extensions: [weave.markdown]`."""
    return WeaveExtension(**options)
