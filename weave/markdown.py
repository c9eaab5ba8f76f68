"""The site side: a Python-Markdown extension that stamps each block with its evidence.

It wraps the formatters of pymdownx.superfences, so that includes, titles,
highlights, tabs and annotations stay as they are, in every builder that uses
Python-Markdown. Which page is being rendered it finds by the page's text.
"""

from __future__ import annotations

import datetime
import html
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from pymdownx.superfences import SuperFencesException

from weave import record, tangle
from weave.page import EXPECTED, FRONT_MATTER, Block, Page, read_once
from weave.project import Project, find_project

SAID = {
    "ran": "Ran",
    "compared": "Compared with the run",
    "parsed": "Parsed",
    "written": "Saved as a file and used",
    "shown": "Shown",
}
OWN_OPTIONS = ("tolerance",)
MARKED: dict[
    str, Callable[[Project], str]
] = {}  # `<!-- weave: name -->` on a line of its own becomes what a site registers here
WORDS_A_MINUTE, LINES_A_MINUTE = 220, 60  # of prose, and of code


@lru_cache
def day(iso: str) -> str:
    return f"{datetime.date.fromisoformat(iso):%-d %B %Y}"


def repository(path: str, lines: str = "", view: str = "blob") -> str:
    """Address of a file in the repository,
    or nothing where its address is not configured (REPO_URL).
    """
    base = os.environ.get("REPO_URL", "").rstrip("/")
    branch = os.environ.get("REPO_BRANCH", "main")
    return f"{base}/{view}/{branch}/{path}{lines}" if base else ""


_TEXTS: dict[Path, dict[str, Path]] = {}


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
        self.fresh = {name: record.valid(entry, page) for name, entry in self.entries.items()}
        self.valid = any(
            self.fresh[name] for name, entry in self.entries.items() if entry is self.entry
        )

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
        state = (
            "changed since its record"
            if self.entry
            else "has no record for the baseline environment"
        )
        return f"{shown}:{self.page.blocks[0].line}: the page {state}: run `make record`"

    def take(self, source: str) -> Block | None:
        """The block that a fence on the page is; the first not yet taken with this text."""
        wanted = source.rstrip("\n")
        for block in self.left:
            if block.code.rstrip("\n").expandtabs(4) == wanted or block.code.rstrip("\n") == wanted:
                self.left.remove(block)
                return block
        return None

    def result(self, block: Block) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """(entry, outcome) that speaks for a block:
        the baseline's, or of an environment that ran what the baseline skips.
        """
        entries = sorted(self.entries.items(), key=lambda found: found[1] is not self.entry)
        found = [(e, e["blocks"][block.index]) for name, e in entries if self.fresh[name]]
        return next((f for f in found if f[1]["outcome"] != "skipped"), found[0] if found else None)

    def line(self, block: Block) -> tuple[str, str]:
        """(class, text) of the line under a block."""
        if self.entry is None or len(self.entry["blocks"]) <= block.index:
            return "stale", "Not run yet"
        found = self.result(block)
        if not self.valid or found is None:
            return "stale", f"Changed since it last ran on {day(self.entry['date'])}"
        entry, result = found
        if result["outcome"] == "skipped":
            return "skipped", f"Not run: {result['reason']}"
        versions = entry["versions"]
        parts = [f"{SAID[result['outcome']]} on {day(entry['date'])}"]
        if result["outcome"] == "ran":
            parts += [f"torch {versions['torch']}"] if "torch" in versions else []
            parts += [
                f"Python {entry['python']}",
                *filter(None, [entry.get("gpu", "").partition(",")[0]]),
                f"{result['seconds']:.2g} s",
            ]
        return result["outcome"], " · ".join(parts)

    def table(self, block: Block) -> str:
        """What each environment's record says of a block, side by side."""
        columns = []
        for name, entry in sorted(
            self.entries.items(), key=lambda found: found[1] is not self.entry
        ):
            fresh = self.fresh[name]
            result = entry["blocks"][block.index] if fresh else {}
            said = (
                SAID.get(result.get("outcome", ""), "Not run")
                if fresh
                else "Out of date: the page has changed since"
            )
            took = f"{result['seconds']:.2g} s" if "seconds" in result else "-"
            versions = (
                "<br>".join(html.escape(f"{p} {v}") for p, v in entry["versions"].items()) or "-"
            )
            columns.append(
                (
                    name,
                    said,
                    result.get("reason", "-"),
                    day(entry["date"]),
                    took,
                    entry.get("isa", "-"),
                    entry.get("gpu", "-"),
                    versions,
                )
            )
        heads = ("Environment", "Outcome", "Reason", "Date", "Time", "CPU", "GPU", "Versions")
        rows = []
        for head, cells in zip(heads, zip(*columns, strict=True), strict=True):
            if set(cells) == {"-"}:
                continue
            cell = "th scope=col" if head == "Environment" else "td"
            shown = "".join(
                f"<{cell}>{c if head == 'Versions' else html.escape(c)}</{cell[:2]}>" for c in cells
            )
            rows.append(f"<tr><th scope=row>{head}</th>{shown}</tr>")
        return f'<table class="evidence">{"".join(rows)}</table>' if columns else ""

    def details(self, block: Block) -> str:
        """The line under a block, opening to the whole record."""
        kind, text = self.line(block)
        path, first, last = block.source or (
            self.page.project.shown(self.page.path),
            block.line,
            block.line,
        )
        lines = f"line {first}" if first == last else f"lines {first} to {last}"
        where = html.escape(path)
        if address := repository(path, f"#L{first}" + (f"-L{last}" if last > first else "")):
            where = f'<a href="{html.escape(address)}">{where}</a>'
        return (
            f'<details class="verified verified--{kind}" data-search-exclude=""><summary>'
            f"{html.escape(text)}</summary>"
            f"<div>{self.table(block)}<p>Source: {where}, {lines}</p></div></details>"
        )


def decorate(evidence: Evidence | None, source: str, rendered: str) -> str:
    """Add to a rendered fence what its record says, and what its copy button yields."""
    block = evidence.take(source) if evidence else None
    if evidence is None or block is None or block.kind in ("text", "mermaid"):
        return rendered
    start, _, rest = rendered.partition(">")
    start += f' id="{anchor(block)}"'
    if block.kind in EXPECTED:
        start = start.replace('class="', f'class="weave-{block.kind} no-copy ', 1)
    elif "\t" in block.code or block.copied != block.code.rstrip("\n"):
        # else Material's own button yields the same
        copied = html.escape(block.copied).replace("\n", "&#10;")
        start += f' data-copy="{copied}"'
    body, end, tail = rest.rpartition("</div>")
    return f"{start}>{body}{evidence.details(block)}{end}{tail}"


def anchor(block: Block) -> str:
    return f"block-{block.index + 1}"


def install(requires: list[str], versions: dict[str, str]) -> str:
    """The command that installs what a page needs, in the versions that it last ran with;
    empty if it needs nothing.
    """
    if not requires:
        return ""
    packages = " ".join(
        f"<span>{html.escape(package)}</span>" for package in record.pinned(requires, versions)
    )
    return (
        '<div class="language-text highlight install" data-search-exclude="">'
        f"<pre><code>pip install {packages}</code></pre></div>"
    )


def tools(page: Page, versions: dict[str, str]) -> str:
    """What stands under the title: reading time, the page to take away,
    and the command that installs what it needs.
    """
    code = {n for b in page.blocks for n in range(b.start, b.start + len(b.lines) + 2)}
    words = sum(len(line.split()) for n, line in enumerate(page.lines) if n not in code)
    parts = [f"{max(1, round(words / WORDS_A_MINUTE + len(code) / LINES_A_MINUTE))} min read"]
    up = "../" * (len(page.name.split("/")) - page.path.name.startswith("index."))
    offered = tangle.targets(page)
    for label, target in offered.items():
        parts.append(f'<a href="{up}downloads/{target}" download>{label}</a>')
    for label, target in tangle.shared(page.bundles, page.project).items():
        parts.append(f'<a href="{up}downloads/{target}" download>{label}</a> into the same folder')
    base = os.environ.get("REPO_URL", "").rstrip("/")
    if ".ipynb" in offered and not page.bundles and base.startswith("https://github.com/"):
        where = (
            base.removeprefix("https://github.com/")
            + f"/blob/gh-pages/downloads/{offered['.ipynb']}"
        )
        parts.append(
            f'<a href="https://colab.research.google.com/github/{html.escape(where)}">'
            "Open in Colab</a>"
        )
    parts.append('<a class="copy-page" href="index.md">Copy page as Markdown</a>')
    links = f'<p class="downloads" data-search-exclude="">{" · ".join(parts)}</p>'
    return links + install(page.requires, versions)


class PagePreprocessor(Preprocessor):
    """Finds out which page is rendered, before the includes are resolved."""

    def __init__(self, md: Markdown, project: Project, strict: bool) -> None:
        super().__init__(md)
        self.project, self.strict = project, strict
        self.evidence: Evidence | None = None

    def _find(self, text: str) -> Path | None:
        known = _TEXTS.setdefault(self.project.root, {})
        # MkDocs makes a new Markdown object for each page: what is found here is kept for all
        if text not in known:
            known |= {
                FRONT_MATTER.sub("", p.read_text(encoding="utf-8")).strip(): p
                for p in self.project.pages()
            }
        return known.get(text)

    def run(self, lines: list[str]) -> list[str]:
        path = self._find("\n".join(lines).strip())
        self.evidence = Evidence(read_once(path, self.project)) if path else None
        if self.evidence is None:
            return lines
        if self.strict and (complaint := self.evidence.complaint()):
            raise SuperFencesException(complaint)
        title = next((n for n, line in enumerate(lines) if line.startswith("# ")), None)
        marked = any(line.strip() in MARKED for line in lines)
        if title is not None and not marked:
            versions = self.evidence.entry["versions"] if self.evidence.entry else {}
            lines = [
                *lines[: title + 1],
                "",
                tools(self.evidence.page, versions),
                "",
                *lines[title + 1 :],
            ]
        return [
            MARKED[line.strip()](self.project) if line.strip() in MARKED else line for line in lines
        ]


class WeaveExtension(Extension):
    """Options: `strict` refuses pages without a valid record
    (default: environment variable WEAVE_STRICT).
    """

    def __init__(self, **options: Any) -> None:
        self.config = {
            "strict": [
                os.environ.get("WEAVE_STRICT", "") not in ("", "0"),
                "refuse pages without a valid record",
            ],
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
            return validator(
                language, {k: v for k, v in values.items() if k not in OWN_OPTIONS}, *args, **kwargs
            )

        return without_own


def makeExtension(**options: Any) -> WeaveExtension:
    """Entry point of Python-Markdown: `markdown_extensions: [weave.markdown]`."""
    return WeaveExtension(**options)
