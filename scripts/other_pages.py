"""`python scripts/other_pages.py [FOLDER ...]`: does the reader see the fences that a site shows,
in the Markdown of other projects?

Without a folder it reads the documentation in the source distributions of PROJECTS, which pip
fetches into data/other-pages. A folder is searched for Markdown files, for example a checkout.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown import Markdown

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fenceproof.languages import ALIASES  # noqa: E402
from fenceproof.page import Page  # noqa: E402
from fenceproof.project import Project  # noqa: E402
from fenceproof.reader import FRONT_MATTER, parse_page  # noqa: E402

# Their source distributions hold the Markdown of their documentation.
PROJECTS = (
    "copier==9.19.1",
    "inline-snapshot==0.36.1",
    "mkdocstrings==1.0.8",
    "pymdown-extensions==13.1.2",
    "soupsieve==4.1.3",
    "starlette==1.10.0",
)
FETCHED = ROOT / "data" / "other-pages"
EXTENSIONS = [
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "tables",
    "pymdownx.details",
    "pymdownx.highlight",
    "pymdownx.superfences",
    "pymdownx.tabbed",
    "pymdownx.tasklist",
]
OPTIONS = {
    "pymdownx.highlight": {"use_pygments": False},
    "pymdownx.tabbed": {"alternate_style": True},
}
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
MARK = re.compile(r'<pre data-fence="(\d+)"></pre>')
# What the reader says of a fence that the site does not show as the author meant it.
FAULTS = re.compile(r"never closed|not closed by -->|cannot read .* among the options")


@dataclass(frozen=True)
class Fence:
    """A fence as the site or the reader has it."""

    lang: str
    code: str

    def __str__(self) -> str:
        return f"{self.lang} {self.code[:60]!r}"


class Site:
    """Python-Markdown with superfences, which says what fences it shows.

    Args:
        snippets: options of pymdownx.snippets; without them includes are resolved already.
    """

    def __init__(self, snippets: dict[str, Any] | None = None) -> None:
        names = [*EXTENSIONS, "pymdownx.snippets"] if snippets else EXTENSIONS
        options = OPTIONS | {"pymdownx.snippets": snippets} if snippets else OPTIONS
        self.markdown = Markdown(extensions=names, extension_configs=options)
        self.found: list[Fence] = []

    def fences(self, text: str) -> list[tuple[Fence, bool]]:
        """The fences in their order, each with whether people see it as a code block. superfences
        takes some for a fence at first that the page shows as text, since they are indented like
        text, and some stand in a comment.

        Args:
            text: Markdown without front matter.
        """
        self.found.clear()
        self.markdown.reset()
        superfences: Any = self.markdown.preprocessors["fenced_code_block"]
        for entry in superfences.extension.superfences:
            entry["formatter"], entry["validator"] = self._format, self._accept
        html = COMMENT.sub("", self.markdown.convert(text))
        shown = {int(number) for number in MARK.findall(html)}
        return [(fence, number in shown) for number, fence in enumerate(self.found)]

    def _accept(self, *_: Any) -> bool:
        """Options that only another theme knows are options, too."""
        return True

    def _format(self, src: str = "", language: str = "", **_: Any) -> str:
        self.found.append(fence_of(language or "", src))
        return f'<pre data-fence="{len(self.found) - 1}"></pre>'


@dataclass
class Comparison:
    """What the reader and the site say of one page.

    Args:
        agreed: how many fences both have, in the same order, of the same language, with the same
            code.
        refused: what the reader reports as wrong: a fence that is not closed, or whose options
            nobody can read. The site takes such a line for text, and the lines below it for
            something else, so the fences of such a page are not compared any further.
        as_text: how many fences the reader has that a strict build refuses, since they are
            indented like text.
        missed: fences that the site shows and the reader does not have.
        invented: fences that the reader has and the site does not.
    """

    agreed: int = 0
    refused: list[str] = field(default_factory=list)
    as_text: int = 0
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)


class Comparer:
    """Compares the reader with the site, on pages in a folder.

    Args:
        folder: where to write the page; files that it includes may be there already.
        includes: whether the site resolves includes by itself; otherwise it is given what the
            reader has made of them, for pages whose included files are not at hand.
    """

    def __init__(self, folder: Path, includes: bool = False) -> None:
        (folder / "docs").mkdir(parents=True, exist_ok=True)
        (folder / "mkdocs.yml").write_text("site_name: other\n", encoding="utf-8")
        self.path, self.project = folder / "docs/page.md", Project(folder.resolve())
        self.includes = includes
        self.site = Site(self.project.snippets if includes else None)

    def compare(self, text: str) -> Comparison:
        """Read a page in both ways.

        Args:
            text: of the Markdown file.
        """
        self.path.write_text(text, encoding="utf-8", newline="")
        page = parse_page(self.path, self.project)
        if not self.includes:
            text = "\n".join(page.lines)
        return _differences(page, self.site.fences(FRONT_MATTER.sub("", text)))


def fence_of(lang: str, code: str, column: int = 0) -> Fence:
    """A fence without the differences that nobody sees: Python-Markdown turns tabs into blanks,
    and some of the lines of blanks into empty ones.

    Args:
        lang: its language.
        code: its body.
        column: where the body begins in each line; tabs end at every fourth.
    """
    lines = [(" " * column + line).expandtabs(4)[column:] for line in code.split("\n")]
    lines = [line if line.strip(" ") else "" for line in lines]
    return Fence(ALIASES.get(lang, lang), "\n".join(lines))


def _differences(page: Page, site: list[tuple[Fence, bool]]) -> Comparison:
    result = Comparison()
    faults = (problem for problem in page.problems if FAULTS.search(problem.message))
    result.refused = [f"line {fault.line}: {fault.message}" for fault in faults]
    read = []
    for block in page.blocks:
        opening = block.opening.expandtabs(4)
        column = len(opening) - len(opening.lstrip("> "))
        read.append(fence_of(block.lang, "\n".join(block.lines), column))
    matcher = difflib.SequenceMatcher(None, read, [fence for fence, _ in site], autojunk=False)
    for kind, first, last, site_first, site_last in matcher.get_opcodes():
        theirs = site[site_first:site_last]
        if kind == "equal":
            result.agreed += sum(shown for _, shown in theirs)
            result.as_text += sum(not shown for _, shown in theirs)
        elif not result.refused:
            result.missed += [str(fence) for fence, shown in theirs if shown]
            result.invented += [
                f"line {block.line}: {fence}"
                for block, fence in zip(page.blocks[first:last], read[first:last], strict=True)
            ]
    return result


def fetch(project: str, folder: Path = FETCHED) -> Path:
    """The archive of one of PROJECTS, fetched with pip unless it is there.

    Args:
        project: with its version.
        folder: where archives are kept.

    Raises:
        OSError: pip could not fetch it.
    """
    name, _, version = project.partition("==")
    archive = folder / f"{name.replace('-', '_')}-{version}.tar.gz"
    if not archive.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-binary", ":all:", "--retries", "1"]
        command += ["--dest", str(folder), project]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not archive.exists():
            raise OSError(f"pip could not fetch {project}: {done.stderr.strip()[-300:]}")
    return archive


def pages_of(source: Path) -> Iterator[tuple[str, str]]:
    """The name and the text of each Markdown file.

    Args:
        source: a folder, or the archive of a source distribution, of which docs/ counts.
    """
    if source.is_dir():
        for path in sorted(source.rglob("*.md")):
            yield str(path.relative_to(source)), path.read_text(encoding="utf-8", errors="replace")
        return
    with tarfile.open(source) as packed:
        for member in packed:
            if member.isfile() and member.name.endswith(".md") and "/docs/" in member.name:
                content = packed.extractfile(member)
                assert content is not None
                yield member.name, content.read().decode(encoding="utf-8", errors="replace")


def main() -> int:
    """Print what differs, and a line per project; the exit code is 1 if something differs."""
    sources = [Path(name) for name in sys.argv[1:]] or [fetch(name) for name in PROJECTS]
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        comparer = Comparer(Path(folder))
        for source in sources:
            total, pages, wrong = Comparison(), 0, 0
            for name, text in pages_of(source):
                result = comparer.compare(text)
                pages += 1
                wrong += bool(result.refused)
                total.agreed += result.agreed
                total.as_text += result.as_text
                for line in result.refused:
                    print(f"  refused: {name}: {line}")
                for kind in ("missed", "invented"):
                    for fence in getattr(result, kind):
                        differ += 1
                        print(f"  {kind}: {name}: {fence}")
            print(
                f"{source.name}: {pages} pages, {total.agreed} fences agree, {total.as_text} are "
                f"text for both, {wrong} pages refused"
            )
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
