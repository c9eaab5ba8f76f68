"""A Markdown file becomes a `Page`: its front matter, its includes resolved, its fences.

The reader sees what Markdown shows: what is no fence for the site is none here.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from markdown.extensions.attr_list import get_attrs_and_remainder
from pymdownx.superfences import RE_OPTIONS

from fenceproof import claims
from fenceproof.compare import parse_tolerance
from fenceproof.conditions import applies
from fenceproof.includes import expand
from fenceproof.languages import ALIASES, EXPECTED, LANGUAGES, language
from fenceproof.page import Block, Claim, Line, Page, Problem, as_list
from fenceproof.project import Project, find_project, modified

FENCE = re.compile(r"^(?P<indent>[> \t]*)(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$")
TAB = 4  # columns, as in Python-Markdown
# What superfences accepts after backticks: a language, then attributes in braces or options. It
# tries every way to part the options, which takes forever for a line with many that is wrong at
# its end; here an option ends at its first quote.
INFO = re.compile(
    r"""(?x) (?: [ \t]* \.? (?P<lang> [\w\#.+-]+ ) (?=[ \t]|$) )?
    (?: [ \t]* \{ (?P<attributes> .* ) \}
      | (?P<options> (?> [ \t]* [a-zA-Z][a-zA-Z0-9_]* (?: ="[^"]*" | ='[^']*' )? (?=[ \t]|$) )+ )
    )? [ \t]* $"""
)
# `<!-- word: …`, the words being those below; a claim may be the first thing in a list item
COMMENT = re.compile(
    r"^[> \t]*(?:[-*+] +|\d+\. +)?<!--\s*(?:(?P<kind>[a-z]+)(?P<options>(?: +\w+=\"[^\"]*\")*):)?"
    r"(?P<body>.*?)(?P<end>-->\s*)?$"
)
KINDS = ("claim", "show", "test")
CLAIM_OPTION = re.compile(r'(\w+)="([^"]*)"')
HEADING = re.compile(r"^#{1,6} ")
ITEM = re.compile(r"^[> \t]*(?:[-*+] +|\d+\. +)")  # the marker of a list item
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KEYS = {
    "title",
    "description",
    "aliases",
    "requires",
    "needs",
    "uses",
    "styles",
    "moved_from",
    "slow",
    "varies",
    "hide",
}
WORDS = {"skip", "if", "reason", "exit", "timeout", "file", "script", "build"}
OPTIONS = {"title", "hl_lines", "tolerance", "versions"}


def parse_page(path: Path, project: Project | None = None) -> Page:
    """Parse one page. What is wrong with it is found in `Page.problems`; nothing raises.

    Args:
        path: of the Markdown file.
        project: that it belongs to; by default the one that it lies in.
    """
    page = Page(path.resolve(), project or find_project(path))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        page.problems.append(Problem(page.path, 1, f"not UTF-8: {error}"))
        return page
    if text.startswith("\ufeff"):
        page.problems.append(Problem(page.path, 1, "begins with a byte-order mark: remove it"))
        text = text[1:]
    _front_matter(page, text)
    page.used = used_folders(page.project, page.uses, page.name)
    expand(page, text.split("\n"))
    _scan(page)
    return page


def load_page(path: Path, project: Project) -> Page:
    """A page, parsed again only when a file that it is made of has changed.

    Args:
        path: of the Markdown file.
        project: that it belongs to, which keeps the page.
    """
    known = project.memory.get(("page", path))
    if known is None or any(modified(file) != stamp for file, stamp in known[0]):
        page = parse_page(path, project)
        files = {path, *(file for line in page.lines for file, _ in line.origins)}
        files |= {file for folder in page.folders for file in folder.rglob("*")}
        files |= {project.docs / f"{name}.md" for name in page.used}
        known = project.memory["page", path] = ([(file, modified(file)) for file in files], page)
    loaded: Page = known[1]
    return loaded


def visible_lines(page: Page, expand: bool = True) -> list[str | None]:
    """Each line of a page as readers see it, None for one that they do not: front matter, and
    comments for the build.

    Args:
        page: the page.
        expand: whether numbers from benchmarks are filled in.
    """
    lines: list[str | None] = [str(line) for line in page.lines]
    if lines[:1] == ["---"] and "---" in lines[1:]:
        end = lines.index("---", 1) + 1
        lines[:end] = [None] * end
    fenced, number = page.fenced, 0
    while number < len(lines):
        text, start = lines[number], number
        number += 1
        if text is None or start in fenced:
            continue
        comment = COMMENT.match(text)
        if not comment or comment["kind"] not in KINDS:
            if expand:
                lines[start] = claims.expand_numbers(text, page.project)
            continue
        while number < len(lines) and "-->" not in str(lines[number - 1]):
            number += 1
        lines[start:number] = [None] * (number - start)
        if (item := ITEM.match(text)) and number < len(lines):
            lines[number] = item[0] + str(lines[number]).lstrip()
    return lines


def used_folders(project: Project, names: list[str], page_name: str = "") -> list[str]:
    """The folders that a page runs with: those that it names and, before each, those
    that the page of that folder uses. In a circle of pages the page's own folder is not used.

    Args:
        project: the pages.
        names: what the front matter names.
        page_name: the page's own name.
    """
    folders: list[str] = []
    seen = {page_name} - set(names)

    def visit(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for other in _uses_of(project, name):
                visit(other)
            folders.append(name)

    for name in names:
        visit(name)
    return folders


def _uses_of(project: Project, name: str) -> list[str]:
    """What the page of a folder names under `uses:`; nothing if it has no page."""
    path = project.docs / f"{name}.md"
    stamp, known = modified(path), project.memory.get(("uses", path))
    if known is None or known[0] != stamp:
        uses: list[str] = []
        match = FRONT_MATTER.match(path.read_text(encoding="utf-8")) if stamp else None
        if match and "uses:" in match[1]:
            with contextlib.suppress(yaml.YAMLError, AttributeError):
                uses = as_list((yaml.load(match[1], YAML) or {}).get("uses"))
        known = project.memory["uses", path] = (stamp, uses)
    return list(known[1])


def _front_matter(page: Page, text: str) -> None:
    match = FRONT_MATTER.match(text)
    if not match:
        if text.startswith("---\n"):
            page.problems.append(Problem(page.path, 1, "front matter is never closed by ---"))
        return
    try:
        meta = yaml.load(match[1], YAML) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"bad front matter: {getattr(error, 'problem', error)}"
        page.problems.append(Problem(page.path, mark.line + 2 if mark else 1, message))
        return

    keys = [line.partition(":")[0] for line in match[1].split("\n")]
    lines = {key: number for number, key in reversed(list(enumerate(keys, 2)))}

    def complain(key: str, message: str) -> None:
        page.problems.append(Problem(page.path, lines.get(key, 1), message))

    if not isinstance(meta, dict):
        page.problems.append(
            Problem(page.path, 1, "bad front matter: not a mapping of keys to values")
        )
        return
    for key, value in meta.items():
        if key not in KEYS:
            complain(
                key, f"bad front matter: unknown key {key!r} (known: {', '.join(sorted(KEYS))})"
            )
        elif key in ("aliases", "requires", "needs", "styles", "moved_from") and not (
            isinstance(value, list) and all(isinstance(v, str) for v in value)
        ):
            complain(key, f"bad front matter: {key} must be a list of names")
        elif key == "styles":
            for path in (page.project.docs / name for name in value):
                if not os.path.isfile(path):
                    complain(key, f"styles: there is no {page.project.shown(path)}")
        elif key == "moved_from" and (
            taken := [old for old in value if os.path.exists(page.project.docs / f"{old}.md")]
        ):
            complain(key, f"moved_from: there is a page at {taken[0]}")
        elif key in ("title", "description") and not isinstance(value, str):
            complain(key, f"bad front matter: {key} must be text")
        elif key == "varies" and value != "isa":
            complain(key, "bad front matter: varies must be isa, the processor's instruction set")
        elif key == "slow" and not isinstance(value, bool):
            complain(key, "bad front matter: slow must be true or false")
        elif key == "uses" and not (
            isinstance(value, str)
            or (isinstance(value, list) and all(isinstance(v, str) for v in value))
        ):
            complain(key, "bad front matter: uses must name a folder, or a list of them")
        else:
            page.meta[key] = value
    for name in page.uses:
        folder = page.project.used_folder(name)
        parts = Path(name).parts
        if not parts or Path(name).is_absolute() or ".." in parts:
            complain(
                "uses", f"uses: {name!r} is not the name of a folder below examples/ or assets/"
            )
            page.meta.pop("uses", None)
        elif not os.path.isdir(folder):
            complain("uses", f"uses: there is no folder {page.project.shown(folder)}")
            page.meta.pop("uses", None)


def _scan(page: Page) -> None:
    """Find the fences and what the comments before them ask for."""
    directive: tuple[Line, dict[str, Any]] | None = None
    number, last = 0, None

    def dangling() -> None:
        nonlocal directive
        if directive is not None:
            page.problem(directive[0], "this <!-- test: ... --> is not followed by a fence")
        directive = None

    while number < len(page.lines):
        line = page.lines[number]
        fence, comment = opening_fence(line), COMMENT.match(line)
        number += 1
        if comment:
            dangling()
            start, number = number - 1, _end_of_comment(page, number - 1)
            if comment["kind"] == "test":
                directive = (line, _directive(page, line, comment["body"]))
            elif comment["kind"] == "claim":
                _claim(page, start, number, comment, last)
            elif comment["kind"] and comment["kind"] not in KINDS:
                known = ", ".join(KINDS)
                page.problem(line, f"unknown <!-- {comment['kind']}: ... --> (known: {known})")
        elif fence:
            block, number = _block(page, number - 1, fence, directive[1] if directive else {})
            directive = None
            if block.kind in EXPECTED:
                if last is None:
                    page.problem(line, f"{block.title} of what? No block above it runs")
                elif any((block.kind, block.versions) == (f.kind, f.versions) for f in last.fences):
                    page.problem(line, f"the block above has an {block.title} already")
                else:
                    block.above = last
                    last.fences.append(block)
            elif block.kind == "script" or language(block.kind).runs:
                last = block
            page.blocks.append(block)
        elif line.strip():
            dangling()
            _numbers(page, line)
    dangling()
    for claim in page.claims:
        if claim.at_end:
            claim.above = last


def _end_of_comment(page: Page, start: int) -> int:
    """The number of the line after a comment that begins in line `start`."""
    for number in range(start, len(page.lines)):
        if number > start and opening_fence(page.lines[number]):
            page.problem(
                page.lines[start],
                "this comment is not closed by --> before a fence, which it would hide",
            )
            return number
        if "-->" in page.lines[number]:
            return number + 1
    page.problem(page.lines[start], "this comment is never closed by -->")
    return len(page.lines)


def _claim(page: Page, start: int, end: int, comment: re.Match[str], last: Block | None) -> None:
    line = page.lines[start]
    body = "\n".join([comment["body"], *page.lines[start + 1 : end]]).partition("-->")[0]
    options = dict(CLAIM_OPTION.findall(comment["options"] or ""))
    if unknown := sorted(options.keys() - {"at", "row"}):
        page.problem(line, f"unknown option {unknown[0]!r} of a claim (known: at, row)")
    if options.get("at", "end") != "end":
        page.problem(line, 'a claim is evaluated where it stands, or at="end"')
    below = (page.lines[n] for n in range(end, len(page.lines)))
    after = next((text for text in below if text.strip()), "")
    if not after or opening_fence(after):
        page.problem(line, "a claim stands before a paragraph, heading or table, or in a list item")
    if "row" in options and not after.lstrip().startswith("|"):
        page.problem(line, "row= belongs to a claim above a table")
    try:
        needs_run = not claims.is_about_results(body)
        for tree in claims.parse(body):
            for call in claims.calls_of_results(tree):
                claims.results_of(page.project)(*call)
    except claims.BadClaim as error:
        page.problem(line, str(error))
        return
    if needs_run and last is None and "at" not in options:
        page.problem(line, "a claim about what? No block above it runs")
    expression = "\n".join(filter(None, (part.strip() for part in body.split("\n"))))
    page.claims.append(
        Claim(
            page,
            len(page.claims),
            expression,
            line,
            start,
            end,
            last if needs_run else None,
            "at" in options and needs_run,
            options.get("row", ""),
            needs_run,
        )
    )


def _numbers(page: Page, line: Line) -> None:
    """See that a line's numbers from benchmarks are there."""
    if "{{" not in line:
        return
    if HEADING.match(line):
        page.problem(line, "a heading has no {{ ... }}: its address would change with the number")
        return
    try:
        claims.expand_numbers(line, page.project)
    except claims.BadClaim as error:
        page.problem(line, str(error))


def _directive(page: Page, line: Line, body: str) -> dict[str, Any]:
    try:
        words = [word.partition("=") for word in shlex.split(body)]
    except ValueError as error:
        page.problem(line, f"<!-- test: ... -->: {error}")
        return {}
    known: dict[str, Any] = {key: value if equals else True for key, equals, value in words}
    for word in sorted(set(known) - WORDS):
        page.problem(
            line, f"unknown word {word!r} in <!-- test: ... --> (known: {', '.join(sorted(WORDS))})"
        )
    if "skip" in known and not isinstance(known.get("reason"), str):
        page.problem(line, 'a skip needs a reason that readers accept: reason="..."')
    for word in {"if", "reason"} & set(known):
        if "skip" not in known:
            page.problem(line, f"{word}= belongs to a skip")
    for word in {"exit", "timeout"} & set(known):
        try:
            known[word] = int(known[word]) if word == "exit" else float(known[word])
        except ValueError:
            page.problem(line, f"{word}= needs a number")
    return known


def _info(info: str) -> tuple[str, dict[str, Any]]:
    """Language and options of an opening fence, read as superfences reads them.

    Args:
        info: what follows the backticks or tildes.
    """
    match = INFO.match(info)
    if not match:  # on the site such a line opens no fence
        lang, _, rest = info.strip().partition(" ")
        return lang, _options(rest) | {"": RE_OPTIONS.sub("", rest).strip() or lang}
    lang = match["lang"] or ""
    if match["attributes"] is None:
        return lang, _options(match["options"] or "")
    # { .python .annotate title="a.py" hl_lines="2" }
    attributes, _ = get_attrs_and_remainder(match["attributes"].expandtabs(TAB))
    lang = lang or next((value for key, value in attributes if key == "."), "")
    return lang, {key: value for key, value in attributes if key != "."}


def _options(text: str) -> dict[str, str]:
    """`title="a.py" hl_lines="2"`; an option without a value has its name as value."""
    options = {m["key"]: m["value"] for m in RE_OPTIONS.finditer(text)}
    return {key: key if value is None else value for key, value in options.items()}


def opening_fence(line: str) -> re.Match[str] | None:
    """The parts of a line that opens a fence, or None: text between backticks is no fence."""
    fence = FENCE.match(line)
    # title="`x`" is one, ```x``` is not
    return fence if fence and ("`" not in fence["info"] or INFO.match(fence["info"])) else None


def read_fence(
    lines: Sequence[str], start: int, fence: re.Match[str]
) -> tuple[list[Line], int, str]:
    """The body of a fence without its margin, the number of the line after it, and what is wrong
    with it, or nothing. superfences decides in the same way.

    Args:
        lines: of a page, its includes resolved.
        start: number of the line that opens the fence.
        fence: the parts of that line, see `opening_fence`.
    """
    body: list[Line] = []
    width = len(fence["indent"].expandtabs(TAB))
    quotes, empty = fence["indent"].count(">"), False  # levels of quotation; after an empty line
    for number in range(start + 1, len(lines)):
        line = lines[number]
        margin, inner = _split_margin(line, width)
        levels = margin.count(">")
        is_empty = not (inner if quotes else line.strip())
        if levels <= quotes and is_empty:
            empty = True
        elif len(margin) < width or levels > quotes or (empty and levels < quotes):
            told = "this fence is never closed (the text below it is not indented like it)"
            return body, number + 1, told
        elif inner.rstrip(" \t") == fence["fence"]:
            return body, number + 1, ""
        else:
            empty = False
        body.append(Line(inner, getattr(line, "origins", ())))
    return body, len(lines), "this fence is never closed"


def _split_margin(line: str, width: int) -> tuple[str, str]:
    """A line within a fence: the columns before it, and the text.

    Args:
        line: of the page.
        width: columns before the opening fence. Where a tab goes beyond them, the rest of it is
            part of the text.
    """
    columns = taken = 0
    while columns < width and taken < len(line) and line[taken] in "> \t":
        columns += TAB - columns % TAB if line[taken] == "\t" else 1
        taken += 1
    margin = line[:taken].expandtabs(TAB)
    return margin[:width], margin[width:] + line[taken:]


def _block(
    page: Page, start: int, fence: re.Match[str], directive: dict[str, Any]
) -> tuple[Block, int]:
    """The block whose opening fence is line `start`, and the number of the line after it."""
    opening = page.lines[start]
    body, number, fault = read_fence(page.lines, start, fence)
    if fault:
        page.problem(opening, fault)
    lang, options = _info(fence["info"])
    if unread := options.pop("", ""):
        page.problem(opening, f'cannot read {unread!r} among the options: write name="value"')
    lang = ALIASES.get(lang, lang)
    block = Block(page, len(page.blocks), lang, options, directive, body, opening, start)
    if lang not in LANGUAGES and "skip" not in directive:
        page.problem(
            opening,
            (
                f"nothing checks a fence of language {lang!r}: "
                'correct it, add the language, or say <!-- test: skip reason="..." -->'
            ),
        )
    for option in sorted(set(options) - OPTIONS):
        page.problem(opening, f"unknown option {option!r} (known: {', '.join(sorted(OPTIONS))})")
    if block.versions:
        if block.kind not in EXPECTED:
            page.problem(opening, "versions= belongs to an Output, Error or Warning fence")
        try:
            applies(block.versions)
        except ValueError:
            page.problem(
                opening, f'versions="{block.versions}": say it as in versions="torch>=2.14"'
            )
    if isinstance(options.get("tolerance"), str):
        try:
            most = max(parse_tolerance(options["tolerance"]), default=0)
            if most > len(body):
                page.problem(opening, f"tolerance of line {most}: the fence has {len(body)}")
        except ValueError:
            page.problem(
                opening,
                f'tolerance="{options["tolerance"]}": a tolerance is for the numbers of one line '
                'or of several, as in tolerance="2: 0.5" and tolerance="2: 0.5, 4-6: 1"',
            )
    if "build" in directive and lang != "console":
        page.problem(opening, "a build is a console fence")
    if directive.get("build") is True and not page.uses:
        page.problem(
            opening,
            "a build needs `uses:` in the front matter: it sees the used files and nothing else",
        )
    if isinstance(name := directive.get("build"), str) and name not in (page.name, *page.used):
        page.problem(opening, f"build={name}: neither this page nor among its `uses:`")
    if "file" in directive and not block.title:
        page.problem(opening, 'a file needs its name: title="..."')
    return block, number
