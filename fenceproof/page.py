"""What a page is: lines that know their origin, and the `Block`s on it.

The test run, the records, the site and the downloads all work on these. `reader` makes them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fenceproof.compare import parse_tolerance
from fenceproof.conditions import applies
from fenceproof.languages import EXPECTED, copied
from fenceproof.project import Project

LARGE_BYTES = 500_000


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
    """Something on a page that its author has to fix before it can run."""

    path: Path
    line: int
    message: str


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
    above: Block | None = (
        None  # for Output, Error and Warning: the block that they are compared with
    )
    fences: list[Block] = field(default_factory=list)  # the reverse, of all versions

    @property
    def code(self) -> str:
        """The body as text, ending in a line end unless it is empty."""
        return "\n".join(self.lines) + "\n" if self.lines else ""

    @property
    def title(self) -> str:
        """The option `title=`, or empty: a file's name, or Output, Error, Warning."""
        return str(self.options.get("title", ""))

    @property
    def versions(self) -> str:
        """With which version of a package the text of an Output, Error or Warning fence holds,
        `torch>=2.14`; empty for the versions that no other fence below the same block names.
        """
        return str(self.options.get("versions", ""))

    @property
    def expects(self) -> dict[str, Block]:
        """The Output, Error and Warning fences that hold with the versions installed here.

        One that names these versions takes the place of those that name none: a Warning that of
        another Warning, and an Output or an Error that of both.
        """
        holding: dict[str, Block] = {}
        for warnings in (True, False):
            group = [fence for fence in self.fences if (fence.kind == "warning") == warnings]
            named = [fence for fence in group if fence.versions and applies(fence.versions)]
            chosen = named or [fence for fence in group if not fence.versions]
            holding |= {fence.kind: fence for fence in chosen}
        return holding

    @property
    def tolerance(self) -> dict[int, float]:
        """By how much numbers of its lines may differ, see `compare.parse_tolerance`."""
        option = self.options.get("tolerance")
        return {} if option is None else parse_tolerance(option)

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

    def at(self, line: Line | int) -> str:
        """The place to edit, `docs/x.md:12` or `examples/x.py:7`, of one line of the block.

        Args:
            line: a line, or its number in the body, from 1; 0 is the opening fence. A number
                beyond the end is the last line.
        """
        if isinstance(line, int):
            inside = line > 0 and self.lines
            line = self.lines[min(line, len(self.lines)) - 1] if inside else self.opening
        path, number = line.origins[-1]
        return f"{self.page.project.shown(path)}:{number}"

    @property
    def where(self) -> str:
        """The place to edit: the fence, or the included file that holds it."""
        return self.at(0)

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
        return copied(self.lang, self.code)


@dataclass(eq=False)
class Claim:
    """A conclusion of the prose as an expression, `<!-- claim: a > b -->`."""

    page: Page
    index: int  # 0 for the first claim of the page
    expression: str
    opening: Line  # the line of the comment
    start: int  # 0-based index of that line among the page's expanded lines
    end: int  # index of the line after the comment
    above: Block | None  # the last block above that runs; of the whole page with at="end"
    at_end: bool  # evaluated after the last block
    row: str  # first cell of the table row that it is about, or empty
    needs_run: bool  # it reads more than benchmarks' results

    @property
    def index_in_record(self) -> int:
        """Its place among the claims that a record holds."""
        return self.page.run_claims.index(self)

    @property
    def line(self) -> int:
        """Line of the comment on the page."""
        return self.opening.origins[0][1]

    @property
    def where(self) -> str:
        """The place to edit, `docs/x.md:12`."""
        path, number = self.opening.origins[-1]
        return f"{self.page.project.shown(path)}:{number}"


@dataclass
class Page:
    """One Markdown file of docs/, parsed."""

    path: Path
    project: Project
    meta: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)  # expanded: what the site renders
    # the folders that it uses, and those that their pages use, in this order
    used: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def name(self) -> str:
        """`background/stack` for docs/background/stack.md."""
        return self.project.name(self.path)

    @property
    def location(self) -> str:
        """Where the site has it: `background/stack/`, `background/` for its index, or nothing."""
        folder = self.name if self.path.stem != "index" else self.name.removesuffix("index")
        return f"{folder.rstrip('/')}/" if folder else ""

    @property
    def fenced(self) -> set[int]:
        """The numbers of the lines that belong to fences, the fences included; from 0."""
        return {n for b in self.blocks for n in range(b.start, b.start + len(b.lines) + 2)}

    @property
    def run_claims(self) -> list[Claim]:
        """The claims that a run evaluates, and that the record holds."""
        return [claim for claim in self.claims if claim.needs_run]

    @property
    def requires(self) -> list[str]:
        """The packages that the front matter names."""
        return list(self.meta.get("requires", []))

    @property
    def needs(self) -> list[str]:
        """The programs and conditions that the front matter names."""
        return list(self.meta.get("needs", []))

    @property
    def uses(self) -> list[str]:
        """The folders of examples/ and assets/ that the front matter names."""
        return as_list(self.meta.get("uses"))

    @property
    def slow(self) -> bool:
        """Whether the page takes long whatever its author does,
        and is left out of a quick run while its record is current.
        """
        return bool(self.meta.get("slow", False))

    @property
    def varies(self) -> bool:
        """Whether the outcome depends on the processor's instruction set,
        so that the record has one entry per instruction set.
        """
        return self.meta.get("varies") == "isa"

    @property
    def folders(self) -> list[Path]:
        """The folders of `used`."""
        return [self.project.used_folder(name) for name in self.used]

    @property
    def files(self) -> dict[str, Path]:
        """What lies in the page's work folder before it runs, by name."""
        return merge_files(self.folders)

    @property
    def own_files(self) -> dict[str, Path]:
        """The files of the page's program, by name."""
        if self.program is None:
            return {}
        if self.program.is_file():
            return {self.program.name: self.program}
        return files_of(self.program)

    def copy_to(self, target: Path, with_program: bool = False) -> None:
        """Fill a folder with the files that the page's program finds when it starts.

        Args:
            target: an existing folder.
            with_program: with those of the program itself, but for its main.py, which the page
                shows in parts; without them, the page's blocks write what they need.
        """
        program_files = self.own_files if with_program else {}
        program_files = {name: path for name, path in program_files.items() if name != "main.py"}
        for name, path in (self.files | program_files).items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / name)

    @property
    def program(self) -> Path | None:
        """The page's program in examples/: a file, or a folder, or None."""
        base = self.project.root / "examples" / self.name
        return next((p for p in (base.with_name(base.name + ".py"), base) if p.exists()), None)

    @cached_property
    def hash(self) -> str:
        """Hash of everything that runs on the page; prose is not part of it."""
        program: list[Any] = [[b.lang, b.options, b.directive, b.code] for b in self.blocks]
        program += [
            ["claim", claim.expression, claim.above.index if claim.above else None]
            for claim in self.run_claims
        ]
        program += digests(self.files)
        return hashlib.sha256(json.dumps(program, sort_keys=True).encode()).hexdigest()

    def problem(self, line: Line, message: str) -> None:
        """Note something that the author has to fix.

        Args:
            line: where it is.
            message: what is wrong.
        """
        path, number = line.origins[-1]
        self.problems.append(Problem(path, number, message))


def files_of(folder: Path) -> dict[str, Path]:
    """The files of a folder that pages use, by their names in it."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): p for p in paths}


def as_list(value: Any) -> list[str]:
    """A name or a list of names of front matter as a list."""
    return [value] if isinstance(value, str) else list(value or [])


def merge_files(folders: Iterable[Path]) -> dict[str, Path]:
    """The files of several folders by their names in one; a later folder wins."""
    files: dict[str, Path] = {}
    for folder in folders:
        files |= files_of(folder)
    return files


def digests(files: dict[str, Path]) -> list[list[str]]:
    """Names and hashes of files, for the hash of what uses them."""
    return [
        [name, hashlib.sha256(path.read_bytes()).hexdigest()]
        for name, path in sorted(files.items())
    ]


def is_large(path: Path) -> bool:
    """Whether a file that pages use stays in the repository, and out of each page's zip."""
    return path.stat().st_size > LARGE_BYTES


PORT = re.compile(
    r"(?:127\.0\.0\.1:|localhost:|(?P<option>--port[ =])|\b(?:port|PORT)=)(?P<port>\d{4,5})\b"
)


def ports(page: Page) -> dict[int, Block]:
    """The ports that a page listens on or connects to, each with the first block that names it."""
    blocks: dict[int, Block] = {}
    for block in page.blocks:
        if "skip" in block.directive or block.lang in ("text", "mermaid"):
            continue
        for match in PORT.finditer(block.code):
            # skip the usage in a file's docstring
            if not (match["option"] and block.kind == "file"):
                blocks.setdefault(int(match["port"]), block)
    return blocks
