"""Resolves `--8<--` as the site does, and keeps track of where each line comes from."""

from __future__ import annotations

from pathlib import Path

from markdown import Markdown
from pymdownx.snippets import SnippetExtension, SnippetMissingError, SnippetPreprocessor

from fenceproof.page import Line, Page, Problem
from fenceproof.project import Project, modified


class Snippets(SnippetPreprocessor):  # type: ignore[misc]
    """The preprocessor that MkDocs uses; only reading and cutting keep track of origins.

    Args:
        project: gives the options, and keeps what is read.
    """

    def __init__(self, project: Project) -> None:
        super().__init__(SnippetExtension(**project.snippets).getConfigs(), Markdown())
        self.project = project

    def read_lines(self, path: str) -> list[Line]:
        """The lines of a file, each with its origin; read once for all of its sections."""
        file = Path(path)
        stamp, known = modified(file), self.project.memory.get(("lines", file))
        if known is None or known[0] != stamp:  # a file is read for each of its sections
            lines = [Line(s, ((file, n),)) for n, s in enumerate(super().read_lines(path), 1)]
            known = self.project.memory["lines", file] = (stamp, lines)
        return list(known[1])

    def dedent(self, lines: list[Line]) -> list[Line]:
        """The lines without their common indentation, their origins kept."""
        return [
            Line(new, old.origins) for new, old in zip(super().dedent(lines), lines, strict=True)
        ]

    def extract_section(self, section: str, lines: list[Line]) -> list[Line]:
        """The lines between a section's markers.

        Args:
            section: its name.
            lines: of the whole file.

        Raises:
            SnippetMissingError: the section is not there, opened twice or never closed.
        """
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
        selected: list[Line] = super().extract_section(section, lines)
        return selected


def expand(page: Page, raw: list[str]) -> None:
    """Fill `page.lines`: resolve `--8<--` with pymdownx's own class and the options of mkdocs.yml.

    What cannot be resolved goes to `page.problems`.

    Args:
        page: whose lines are filled in.
        raw: the lines of its file.
    """
    memory = page.project.memory
    if "snippets" not in memory:
        memory["snippets"] = Snippets(page.project)
    snippets: Snippets = memory["snippets"]
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
