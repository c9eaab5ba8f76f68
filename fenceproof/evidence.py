"""What the records say of a page and of each block on it: as data, then as HTML."""

from __future__ import annotations

import datetime
import html
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.version import Version

from fenceproof import claims, downloads, record
from fenceproof.languages import EXPECTED
from fenceproof.page import Block, Claim, Page
from fenceproof.project import Project
from fenceproof.reader import visible_lines

IN_THE_LINE = ("Outcome", "Date", "Time")  # of a single environment the line above says them
OUTCOME_LABELS = {
    "ran": "Ran",
    "compared": "Compared with the run",
    "parsed": "Parsed",
    "written": "Saved as a file and used",
    "shown": "Shown",
    "failed": "Failed",
}
WORDS_PER_MINUTE, LINES_PER_MINUTE = 220, 60  # of prose, and of code

BLANK = re.compile(r"^[ \t]+$", re.MULTILINE)


def as_markdown_reads(code: str) -> str:
    """A fence's text as it reaches a formatter: tabs are spaces, and lines of spaces are empty."""
    return BLANK.sub("", code.rstrip("\n").expandtabs(4))


@lru_cache
def format_date(iso: str) -> str:
    """A date as readers see it, `3 May 2026`."""
    return f"{datetime.date.fromisoformat(iso):%-d %B %Y}"


def repository_address(path: str, lines: str = "", view: str = "blob") -> str:
    """Address of a file in the repository,
    or nothing where its address is not configured (REPO_URL).

    Args:
        path: relative to the root.
        lines: `#L3-L7`, or nothing.
        view: `blob` shows the file, `raw` is the file.
    """
    base = os.environ.get("REPO_URL", "").rstrip("/")
    return f"{base}/{view}/main/{path}{lines}" if base else ""


def large_file_links(files: dict[str, Path], project: Project) -> list[str]:
    """What the zip of a work folder leaves out, and where it is: a piece of HTML per file.

    Args:
        files: of the work folder, by name.
        project: whose repository has them.
    """
    parts = []
    for name, path in downloads.large_files(files).items():
        label = f"{html.escape(name)} ({downloads.megabytes(path)})"
        where = project.shown(path.resolve())
        if address := repository_address(where, view="raw"):
            label = f'<a href="{html.escape(address)}" download>{label}</a>'
        else:
            label = f"{label}, the repository's <code>{html.escape(where)}</code>,"
        parts.append(f"{label} into the same folder")
    return parts


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
        self.fresh = {name: record.is_valid(entry, page) for name, entry in self.entries.items()}
        self.valid = any(
            self.fresh[name] for name, entry in self.entries.items() if entry is self.entry
        )
        failed = {name: record.failed(entry, page) for name, entry in self.entries.items()}
        self.failures = {name: result for name, result in failed.items() if result}

    def complaint(self) -> str:
        """Why a strict build must refuse the page, or nothing."""
        if self.page.problems:
            problem = self.page.problems[0]
            return f"{self.page.project.shown(problem.path)}:{problem.line}: {problem.message}"
        for claim in self.page.claims:
            if not claim.needs_run and (fault := self.fault_of(claim)):
                return fault
        if not (self.page.blocks or self.page.run_claims) or self.valid:
            return ""
        shown = self.page.project.shown(self.page.path)
        if self.fault:
            return f"{shown}: {self.fault}"
        state = (
            "changed since its record"
            if self.entry
            else "has no record for the baseline environment"
        )
        first = (self.page.blocks or self.page.run_claims)[0].line
        return f"{shown}:{first}: the page {state}: run `{self.page.project.record_command}`"

    def mutations(self) -> dict[str, Any] | None:
        """What `fenceproof mutate` found on the page as it is now, or None."""
        return None if self.fault else record.mutations(self.page)

    def verdict(self, claim: Claim) -> claims.Verdict:
        """A claim over benchmarks' results, evaluated now."""
        helpers = {"results": claims.results_of(self.page.project)}
        return claims.evaluate(claim.expression, {}, helpers)

    def fault_of(self, claim: Claim) -> str:
        """Why a claim over benchmarks' results is wrong, or nothing."""
        verdict = self.verdict(claim)
        values = ", ".join(f"{name} = {value}" for name, value in verdict.values)
        if not verdict.holds:
            return f"{claim.where}: this does not hold: {claim.expression} ({values})"
        if verdict.vacuous:
            return f"{claim.where}: this claim holds whatever becomes of {verdict.vacuous}"
        return ""

    def claim_state(self, claim: Claim) -> tuple[str, list[tuple[str, str]], str]:
        """(held, skipped or stale; the operands' values; a sentence) of one claim."""
        if not claim.needs_run:
            where = claims.caption_of(self.page.project, claim.expression)
            return "held", self.verdict(claim).values, f"Evaluated over {where}."
        entries = sorted(self.entries.items(), key=lambda item: item[1] is not self.entry)
        fresh = [(n, e, e["claims"][claim.index_in_record]) for n, e in entries if self.fresh[n]]
        held = [(n, e, r) for n, e, r in fresh if r["outcome"] == "held"]
        if held:
            names = "; ".join(f"{format_date(e['date'])}, {n}" for n, e, _ in held)
            return "held", [tuple(v) for v in held[0][2].get("values", [])], f"Held on {names}."
        if fresh:
            return "skipped", [], f"Not evaluated: {fresh[0][2]['reason']}"
        return "stale", [], "Not evaluated since the page changed."

    def take_block(self, source: str) -> Block | None:
        """The block that a fence on the page is; the first not yet taken with this text."""
        wanted = as_markdown_reads(source)
        for block in self.left:
            if as_markdown_reads(block.code) == wanted:
                self.left.remove(block)
                return block
        return None

    def result(self, block: Block) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """(entry, outcome) that speaks for a block:
        the baseline's, or of an environment that ran what the baseline skips.
        """
        entries = sorted(self.entries.items(), key=lambda results: results[1] is not self.entry)
        results = [(e, e["blocks"][block.index]) for name, e in entries if self.fresh[name]]
        return next(
            (r for r in results if r[1]["outcome"] != "skipped"), results[0] if results else None
        )

    def line(self, block: Block) -> tuple[str, str]:
        """(class, text) of the line under a block."""
        if self.entry is None or len(self.entry["blocks"]) <= block.index:
            return "stale", "Not run yet"
        evidence = self.result(block)
        if not self.valid or evidence is None:
            return "stale", f"Changed since it last ran on {format_date(self.entry['date'])}"
        entry, result = evidence
        if result["outcome"] == "skipped":
            return "skipped", f"Not run: {result['reason']}"
        parts = [f"{OUTCOME_LABELS[result['outcome']]} on {format_date(entry['date'])}"]
        if result["outcome"] == "ran":
            alike = [
                e
                for name, e in self.entries.items()
                if self.fresh[name] and e["blocks"][block.index]["outcome"] == "ran"
            ]
            for name in self.page.project.named:
                if name in entry["versions"]:
                    found = [e["versions"][name] for e in alike if name in e["versions"]]
                    parts.append(f"{name} {version_range(found)}")
            parts += [
                f"Python {version_range([e['python'] for e in alike])}",
                *filter(None, [entry.get("gpu", "").partition(",")[0]]),
                f"{result['seconds']:.2g} s",
            ]
        return result["outcome"], " · ".join(parts)

    def table(self, block: Block) -> str:
        """What the environments' records say of a block, side by side; those that say the same
        share a column.
        """
        groups: dict[tuple[str, str], list[tuple[str, dict[str, Any], dict[str, Any]]]] = {}
        for name, entry in sorted(self.entries.items(), key=lambda item: item[1] is not self.entry):
            fresh = self.fresh[name] or name in self.failures
            result = entry["blocks"][block.index] if fresh else {}
            said = (
                OUTCOME_LABELS.get(result.get("outcome", ""), "Not run")
                if fresh
                else "Out of date: the page has changed since"
            )
            reason = result.get("reason") or result.get("error", "-")
            groups.setdefault((said, reason), []).append((name, entry, result))
        columns = []
        for (said, reason), alike in groups.items():
            entries = [entry for _, entry, _ in alike]
            first = alike[0][2]
            packages = {  # but those that the environments are called by
                package
                for name, entry, _ in alike
                for package, version in entry["versions"].items()
                if f"{package} {version}" not in name
            }
            versions = {
                package: version_range(
                    [e["versions"][package] for e in entries if package in e["versions"]]
                )
                for package in sorted(packages)
            }
            columns.append(
                (
                    [name for name, _, _ in alike],
                    [said],
                    [reason],
                    [format_date(max(entry["date"] for entry in entries))],
                    [f"{first['seconds']:.2g} s" if "seconds" in first else "-"],
                    sorted({entry.get("isa", "-") for entry in entries}),
                    sorted({entry.get("gpu", "-") for entry in entries}),
                    [f"{package} {version}" for package, version in versions.items()] or ["-"],
                )
            )
        heads = ("Environment", "Outcome", "Reason", "Date", "Time", "CPU", "GPU", "Versions")
        rows = []
        for head, cells in zip(heads, zip(*columns, strict=True), strict=True):
            if all(cell == ["-"] for cell in cells):
                continue
            if len(columns) == 1 and head in IN_THE_LINE:
                continue
            tag = "th scope=col" if head == "Environment" else "td"
            shown = "".join(
                f"<{tag}>{'<br>'.join(map(html.escape, cell))}</{tag[:2]}>" for cell in cells
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
        if address := repository_address(
            path, f"#L{first}" + (f"-L{last}" if last > first else "")
        ):
            where = f'<a href="{html.escape(address)}">{where}</a>'
        return (
            f'<details class="verified verified--{kind}" data-search-exclude=""><summary>'
            f"{html.escape(text)}</summary>"
            f"<div>{self.table(block)}<p>Source: {where}, {lines}</p></div></details>"
        )


def version_range(versions: list[str]) -> str:
    """`2.13.0`, or `2.13.0 to 2.15.0` for several.

    Args:
        versions: at least one.
    """
    ordered = sorted(set(versions), key=Version)
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]} to {ordered[-1]}"


def failure_notes(evidence: Evidence) -> str:
    """A line for each environment in which the page fails; empty if there is none.

    Args:
        evidence: of the page.
    """
    lines = []
    for name, result in sorted(evidence.failures.items()):
        date = format_date(evidence.entries[name]["date"])
        error = html.escape(result.get("error", ""))
        lines.append(f"<li>{html.escape(name)}, {date}: <code>{error}</code></li>")
    if not lines:
        return ""
    return (
        '<div class="admonition warning failures" data-search-exclude="">'
        '<p class="admonition-title">This page fails in other versions</p>'
        f"<ul>{''.join(lines)}</ul></div>"
    )


def decorate(evidence: Evidence | None, source: str, rendered: str) -> str:
    """Add to a rendered fence what its record says, and what its copy button yields.

    Args:
        evidence: of the page; None for what is no page.
        source: the text of the fence.
        rendered: the HTML that superfences made of it.
    """
    block = evidence.take_block(source) if evidence else None
    if evidence is None or block is None or block.kind in ("text", "mermaid"):
        return rendered
    if block.versions:
        label = f"{block.title} with {block.versions}"
        rendered = rendered.replace(f">{block.title}<", f">{html.escape(label)}<", 1)
    start, _, rest = rendered.partition(">")
    start += f' id="{anchor(block)}"'
    if block.kind in EXPECTED:
        start = start.replace('class="', f'class="fence-{block.kind} no-copy ', 1)
    elif "\t" in block.code or block.copied != block.code.rstrip("\n"):
        # else Material's own button yields the same
        copied = html.escape(block.copied).replace("\n", "&#10;")
        start += f' data-copy="{copied}"'
    body, end, tail = rest.rpartition("</div>")
    return f"{start}>{body}{evidence.details(block)}{end}{tail}"


def claim_mark(evidence: Evidence, group: list[Claim]) -> str:
    """The quiet mark at the end of a sentence: it opens what `claim_notes` holds.

    Args:
        evidence: of the page.
        group: the claims of one sentence.
    """
    states = {evidence.claim_state(claim)[0] for claim in group}
    state = next(name for name in ("stale", "skipped", "held") if name in states)
    number = group[0].index + 1
    return (
        f'<button type="button" class="claim claim--{state}" popovertarget="claim-{number}" '
        f'aria-label="What was checked here" data-search-exclude=""></button>'
    )


def claim_note(evidence: Evidence, group: list[Claim]) -> str:
    """What a mark opens: expressions, values and environments.

    Args:
        evidence: of the page.
        group: the claims of one sentence.
    """
    parts = []
    for claim in group:
        _, values, sentence = evidence.claim_state(claim)
        code = html.escape(claim.expression)
        rows = "".join(
            f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(value)}</td></tr>"
            for name, value in values
        )
        table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
        parts.append(f"<p><code>{code}</code></p>{table}<p>{html.escape(sentence)}</p>")
    return (
        f'<div popover id="claim-{group[0].index + 1}" class="claim-note" data-search-exclude="">'
        f"<p><strong>This conclusion is checked</strong></p>{''.join(parts)}</div>"
    )


def anchor(block: Block) -> str:
    """The id of a block's element, which links to it name."""
    return f"block-{block.index + 1}"


def install_command(requires: list[str], versions: dict[str, str]) -> str:
    """The command that installs what a page needs, in the versions that it last ran with;
    empty if it needs nothing.

    Args:
        requires: the packages that the page names.
        versions: those of its record, by package.
    """
    if not requires:
        return ""
    packages = " ".join(
        f"<span>{html.escape(package)}</span>"
        for package in record.pin_versions(requires, versions)
    )
    return (
        '<div class="language-text highlight install" data-search-exclude="">'
        f"<pre><code>pip install {packages}</code></pre></div>"
    )


def page_tools(page: Page, versions: dict[str, str]) -> str:
    """What stands under the title: reading time, the page to take away,
    and the command that installs what it needs.

    Args:
        page: the page.
        versions: those of its record, by package.
    """
    code, lines = page.fenced, visible_lines(page)
    words = sum(len(line.split()) for n, line in enumerate(lines) if line and n not in code)
    minutes = max(1, round(words / WORDS_PER_MINUTE + len(code) / LINES_PER_MINUTE))
    parts = [f"{minutes} min read"] if code else []  # a list is looked up, not read
    up = "../" * (len(page.name.split("/")) - page.path.name.startswith("index."))
    offered = downloads.download_paths(page)
    for label, target in offered.items():
        parts.append(f'<a href="{up}downloads/{target}" download>{label}</a>')
    if offered:
        parts += large_file_links(page.files | page.own_files, page.project)
    base = os.environ.get("REPO_URL", "").rstrip("/")
    if ".ipynb" in offered and not page.folders and base.startswith("https://github.com/"):
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
    return links + install_command(page.requires, versions)
