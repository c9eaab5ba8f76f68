"""A Markdown file becomes a `Page`: lines that know their origin, and the `Block`s on it.

This is the one place that knows what a block is: the test run, the records,
the site and the downloads all work on its result.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from markdown import Markdown
from markdown.extensions.attr_list import get_attrs_and_remainder
from pymdownx.snippets import SnippetExtension, SnippetMissingError, SnippetPreprocessor
from pymdownx.superfences import RE_OPTIONS

from weave import evaluators
from weave.project import Project, find_project

FENCE = re.compile(r"^(?P<indent>[> \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*?)[ \t]*$")
COMMENT = re.compile(r"^[> \t]*<!--\s*(?:(?P<kind>test):)?(?P<body>.*?)(?P<end>-->\s*)?$")
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KEYS = {
    "title",
    "description",
    "requires",
    "needs",
    "uses",
    "slow",
    "varies",
    "hide",
    "icon",
    "status",
    "tags",
    "template",
    "search",
}
LARGE_BYTES = 1_000_000
WORDS = {"skip", "if", "reason", "exit", "timeout", "file", "script", "tolerance", "build"}
OPTIONS = {"title", "hl_lines", "tolerance"}
EXPECTED = ("output", "error", "warning")  # titles of the text fences that are compared


class Line(str):
    """A line that knows where it came from: (page, n), then (included file, m)."""

    origins: tuple[tuple[Path, int], ...] = ()

    def __new__(cls, text: str, origins: tuple[tuple[Path, int], ...] = ()) -> Line:
        self = super().__new__(cls, text)
        self.origins = origins
        return self

    def __radd__(self, indent: str) -> Line:  # pymdownx indents an include by  space + line
        return Line(str.__add__(indent, self), self.origins)


@dataclass(frozen=True)
class Problem:
    """Something on a page that its author has to mend before it can run."""

    path: Path
    line: int
    message: str


_LINES: dict[Path, tuple[int, list[Line]]] = {}


class _Snippets(SnippetPreprocessor):  # type: ignore[misc]
    """The preprocessor that MkDocs uses; only reading and cutting keep track of origins."""

    def read_lines(self, path: str) -> list[Line]:
        stamp, file = _stamp(Path(path)), Path(path)
        if file not in _LINES or _LINES[file][0] != stamp:  # read for each of its sections
            _LINES[file] = (
                stamp,
                [Line(s, ((file, n),)) for n, s in enumerate(super().read_lines(path), 1)],
            )
        return list(_LINES[file][1])

    def dedent(self, lines: list[Line]) -> list[Line]:
        return [
            Line(new, old.origins) for new, old in zip(super().dedent(lines), lines, strict=True)
        ]

    def extract_section(self, section: str, lines: list[Line]) -> list[Line]:
        marks = [
            (m["type"].lower(), line)
            for line in lines
            if (m := self.match_section(line)) and m["name"] == section
        ]
        starts = [line for kind, line in marks if kind == "start"]
        if len(starts) > 1:
            path, number = starts[1].origins[-1]
            first = starts[0].origins[-1][1]
            raise SnippetMissingError(
                f"{path}:{number}: section {section!r} is opened a second time "
                f"(first in line {first})"
            )
        if starts and len(marks) != 2:
            path, number = starts[0].origins[-1]
            raise SnippetMissingError(f"{path}:{number}: section {section!r} is never closed")
        found: list[Line] = super().extract_section(section, lines)
        return found


@dataclass(eq=False)
class Block:
    """One fence of a page."""

    page: Page
    index: int  # 0 for the first fence of the page
    lang: str
    options: dict[str, Any]
    directive: dict[str, Any]
    lines: list[Line]  # the body, dedented
    opening: Line  # the line of the opening fence
    start: int  # 0-based index of that line among the page's expanded lines
    above: Block | None = None  # for Output, Error and Warning: the block that they speak of
    expects: dict[str, Block] = field(default_factory=dict)  # the reverse

    @property
    def code(self) -> str:
        return "\n".join(self.lines) + "\n" if self.lines else ""

    @property
    def title(self) -> str:
        return str(self.options.get("title", ""))

    @property
    def kind(self) -> str:
        """What happens to the block: `output`, `error`, `warning`, `file`, `script`
        or its language.
        """
        if self.lang == "text" and self.title.lower() in EXPECTED:
            return self.title.lower()
        return next((word for word in ("file", "script") if word in self.directive), self.lang)

    @property
    def line(self) -> int:
        """Line of the opening fence on the page."""
        return self.opening.origins[0][1]

    @property
    def where(self) -> str:
        """The place to edit, `docs/x.md:12`: the fence, or the included file that holds it."""
        path, line = self.opening.origins[-1]
        return f"{self.page.project.shown(path)}:{line}"

    @property
    def source(self) -> tuple[str, int, int] | None:
        """(file, first line, last line) in examples/,
        where all of the body is included from one file.
        """
        inner = [line.origins[-1] for line in self.lines if line.strip() and len(line.origins) > 1]
        if (
            not inner
            or len(inner) < sum(bool(line.strip()) for line in self.lines)
            or len({f for f, _ in inner}) > 1
        ):
            return None
        return self.page.project.shown(inner[0][0]), inner[0][1], inner[-1][1]

    @property
    def copied(self) -> str:
        """What the copy button yields: the code that ran, without prompts, output
        and annotation marks.
        """
        return evaluators.copied(self.lang)(self.code)


@dataclass
class Page:
    """One Markdown file of docs/, parsed."""

    path: Path
    project: Project
    meta: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)  # expanded: what the site renders
    blocks: list[Block] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.project.name(self.path)

    @property
    def requires(self) -> list[str]:
        return list(self.meta.get("requires", []))

    @property
    def needs(self) -> list[str]:
        return list(self.meta.get("needs", []))

    @property
    def uses(self) -> list[str]:
        """The folders of examples/ that are copied into the work folder before the page runs;
        a later one wins.
        """
        value = self.meta.get("uses", [])
        return [value] if isinstance(value, str) else list(value)

    @property
    def slow(self) -> bool:
        """Whether the page is long by nature,
        and left out of a quick run while its record is current.
        """
        return bool(self.meta.get("slow", False))

    @property
    def varies(self) -> bool:
        """Whether the outcome depends on the processor's instruction set,
        so that each has an entry of its own.
        """
        return self.meta.get("varies") == "isa"

    @property
    def bundles(self) -> list[Path]:
        return [self.project.root / "examples" / name for name in self.uses]

    @property
    def twin(self) -> Path | None:
        """The page's program in examples/: a file, or a folder, or None."""
        base = self.project.root / "examples" / self.name
        return next((p for p in (base.with_name(base.name + ".py"), base) if p.exists()), None)

    @cached_property
    def hash(self) -> str:
        """Changes with anything that runs on the page, and with nothing else."""
        program: list[Any] = [[b.lang, b.options, b.directive, b.code] for b in self.blocks]
        for bundle in self.bundles:
            program += [
                [name, hashlib.sha256(p.read_bytes()).hexdigest()]
                for name, p in files_of(bundle).items()
            ]
        return hashlib.sha256(json.dumps(program, sort_keys=True).encode()).hexdigest()

    def problem(self, line: Line, message: str) -> None:
        path, number = line.origins[-1]
        self.problems.append(Problem(path, number, message))


def files_of(folder: Path) -> dict[str, Path]:
    """The files of a folder of examples/ by their names in it."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): p for p in found}


def size_of(folder: Path) -> int:
    """Bytes of all files of a folder of examples/."""
    return sum(path.stat().st_size for path in files_of(folder).values())


def is_large(folder: Path) -> bool:
    """Whether a used folder is packed once for all pages that use it, not into each page's zip."""
    return size_of(folder) > LARGE_BYTES


PORT = re.compile(
    r"(?:127\.0\.0\.1:|localhost:|(?P<option>--port[ =])|\b(?:port|PORT)=)(?P<port>\d{4,5})\b"
)


def ports(page: Page) -> dict[int, Block]:
    """The ports that a page listens on or asks, each with the first block that names it."""
    found: dict[int, Block] = {}
    for block in page.blocks:
        if "skip" in block.directive or block.lang in ("text", "mermaid"):
            continue
        for match in PORT.finditer(block.code):
            # how a file may be started, in its docstring
            if not (match["option"] and block.kind == "file"):
                found.setdefault(int(match["port"]), block)
    return found


def read_page(path: Path, project: Project | None = None) -> Page:
    """Parse one page. What is wrong with it is found in `Page.problems`; nothing raises."""
    page = Page(path.resolve(), project or find_project(path))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        page.problems.append(Problem(page.path, 1, f"not UTF-8: {error}"))
        return page
    _front_matter(page, text)
    _expand(page, text.split("\n"))
    _scan(page)
    return page


_READ: dict[Path, tuple[list[tuple[Path, int]], Page]] = {}


def read_once(path: Path, project: Project) -> Page:
    """A page, parsed again only when a file that it is made of has changed."""
    known = _READ.get(path)
    if known is None or any(_stamp(file) != stamp for file, stamp in known[0]):
        page = read_page(path, project)
        files = {path, *(file for line in page.lines for file, _ in line.origins)}
        files |= {file for folder in page.bundles for file in folder.rglob("*")}
        known = _READ[path] = ([(file, _stamp(file)) for file in files], page)
    return known[1]


def _stamp(path: Path) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


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

    def complain(key: str, message: str) -> None:
        lines = match[1].split("\n")
        number = next((n for n, line in enumerate(lines, 2) if line.startswith(f"{key}:")), 1)
        page.problems.append(Problem(page.path, number, message))

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
        elif key in ("requires", "needs") and not (
            isinstance(value, list) and all(isinstance(v, str) for v in value)
        ):
            complain(key, f"bad front matter: {key} must be a list of names")
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
            complain(
                key, "bad front matter: uses must name a folder of examples/, or a list of them"
            )
        else:
            page.meta[key] = value
    for name, folder in zip(page.uses, page.bundles, strict=True):
        if not folder.is_dir():
            complain("uses", f"uses: there is no folder examples/{name}")
            page.meta.pop("uses", None)


@lru_cache(maxsize=32)
def _snippets(project: Project) -> _Snippets:
    return _Snippets(SnippetExtension(**project.snippets).getConfigs(), Markdown())


def _expand(page: Page, raw: list[str]) -> None:
    """Resolve `--8<--` with pymdownx's own class and the options of mkdocs.yml."""
    snippets = _snippets(page.project)
    number = 0
    while number < len(raw):
        end, match = number + 1, snippets.RE_ALL_SNIPPETS.match(raw[number])
        if match and match["block_marker"] and not match["escape"]:  # --8<--, paths, --8<--
            while end < len(raw) and not snippets.RE_ALL_SNIPPETS.match(raw[end]):
                end += 1
            end += 1
        here = (page.path, number + 1)
        snippets.seen = set()
        try:
            lines = (
                snippets.parse_snippets([Line(s) for s in raw[number:end]])
                if match
                else raw[number:end]
            )
            page.lines += [Line(line, (here, *getattr(line, "origins", ()))) for line in lines]
        except (SnippetMissingError, OSError, UnicodeDecodeError) as error:
            page.problems.append(Problem(*here, str(error).replace(f"{page.project.root}/", "")))
            page.lines += [Line("", (here,))]
        number = end


def _scan(page: Page) -> None:
    """Find the fences and what the comments before them ask for."""
    directive: tuple[Line, dict[str, Any]] | None = None
    in_comment, number, last = False, 0, None

    def dangling() -> None:
        nonlocal directive
        if directive is not None:
            page.problem(directive[0], "this <!-- test: ... --> is not followed by a fence")
        directive = None

    while number < len(page.lines):
        line = page.lines[number]
        fence, comment = FENCE.match(line), COMMENT.match(line)
        number += 1
        if in_comment:
            in_comment = "-->" not in line
        elif comment:
            dangling()
            in_comment = not comment["end"] and "-->" not in line
            if comment["kind"] == "test":
                directive = (line, _directive(page, line, comment["body"]))
        elif fence:
            block, number = _block(page, number - 1, fence, directive[1] if directive else {})
            directive = None
            if block.kind in EXPECTED:
                if last is None:
                    page.problem(line, f"{block.title} of what? No block above it runs")
                elif block.kind in last.expects:
                    page.problem(line, f"the block above has an {block.title} already")
                else:
                    block.above, last.expects[block.kind] = last, block
            elif block.kind == "script" or (
                block.kind in evaluators.REGISTRY and evaluators.REGISTRY[block.kind].RUNS
            ):
                last = block
            page.blocks.append(block)
        elif line.strip():
            dangling()
    dangling()


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
    for word in {"exit", "timeout", "tolerance"} & set(known):
        try:
            known[word] = int(known[word]) if word == "exit" else float(known[word])
        except ValueError:
            page.problem(line, f"{word}= needs a number")
    return known


def _info(info: str) -> tuple[str, dict[str, Any]]:
    if info.startswith("{"):  # { .python .annotate title="a.py" hl_lines="2" }
        attributes, _ = get_attrs_and_remainder(info.strip("{}"))
        classes = [value for key, value in attributes if key == "."]
        options = {key: value for key, value in attributes if key != "."}
        return (classes[0] if classes else ""), options | (
            {"classes": classes[1:]} if classes[1:] else {}
        )
    lang, _, rest = info.partition(" ")
    return lang, {m["key"]: m["value"] for m in RE_OPTIONS.finditer(rest)} | {
        "": RE_OPTIONS.sub("", rest).strip()
    }


def _block(
    page: Page, start: int, fence: re.Match[str], directive: dict[str, Any]
) -> tuple[Block, int]:
    """The block whose opening fence is line `start`, and the number of the line after it."""
    opening, indent, body, number = page.lines[start], fence["indent"], [], start + 1
    quoted = indent.rstrip()  # inside a quotation, an empty line may lack the trailing space
    for line in page.lines[number:]:
        number += 1
        inner = (
            line[len(indent) :]
            if line.startswith(indent)
            else line.removeprefix(quoted).lstrip(" \t")
        )
        if line.startswith(quoted) and inner.rstrip() == fence["fence"]:
            break
        if line.strip() and not line.startswith(indent) and line.rstrip() != quoted:
            page.problem(
                opening, "this fence is never closed (the text below it is not indented like it)"
            )
            break
        body.append(Line(inner, line.origins))
    else:
        page.problem(opening, "this fence is never closed")
    lang, options = _info(fence["info"])
    if unread := options.pop("", ""):
        page.problem(opening, f'cannot read {unread!r} among the options: write name="value"')
    lang = {"py": "python", "sh": "bash", "yml": "yaml", "": "(none)"}.get(lang, lang)
    block = Block(page, len(page.blocks), lang, options, directive, body, opening, start)
    if lang not in evaluators.REGISTRY and "skip" not in directive:
        page.problem(
            opening,
            (
                f"nothing checks a fence of language {lang!r}: "
                'correct it, add an evaluator, or say <!-- test: skip reason="..." -->'
            ),
        )
    for option in sorted(set(options) - OPTIONS - {"classes"}):
        page.problem(opening, f"unknown option {option!r} (known: {', '.join(sorted(OPTIONS))})")
    if "build" in directive and lang != "console":
        page.problem(opening, "a build is a console fence")
    if directive.get("build") is True and not page.uses:
        page.problem(
            opening,
            "a build needs `uses:` in the front matter: it sees the used files and nothing else",
        )
    if isinstance(name := directive.get("build"), str) and name not in (page.name, *page.uses):
        page.problem(opening, f"build={name}: neither this page nor among its `uses:`")
    if "file" in directive and not block.title:
        page.problem(opening, 'a file needs its name: title="..."')
    return block, number
