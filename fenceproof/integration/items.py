"""Pages as pytest collects them: a file per page, an item per fence, on Sybil's document."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
from _pytest._code.code import ExceptionInfo, ReprFileLocation, TerminalRepr, Traceback
from _pytest._io import TerminalWriter
from sybil import Document, Example, Region, Sybil
from sybil.integration.pytest import SybilFile, SybilItem

import fenceproof
from fenceproof import claims, conditions, record
from fenceproof.compare import Mismatch
from fenceproof.languages import EXPECTED, language
from fenceproof.notebook import Notebook
from fenceproof.page import Block, Claim, Page, Problem
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from fenceproof.run import directives, notebook, pace
from fenceproof.run.evaluators import REGISTRY, text
from fenceproof.run.session import Session

ENGINE = str(Path(fenceproof.__file__).parent)
TIMEOUT_S = 120.0  # a block's, unless <!-- test: timeout=... -->
Work = Callable[[Block, Session], None]
DIRECTIVES: dict[str, tuple[str, Work]] = {
    "file": ("written", directives.write),
    "script": ("ran", directives.run),
    **dict.fromkeys(EXPECTED, ("compared", text.compare)),
}


def outcome_of(block: Block) -> str:
    """The word that the record has for this block when all is well."""
    return DIRECTIVES[block.kind][0] if block.kind in DIRECTIVES else language(block.lang).outcome


def work_of(block: Block) -> Work:
    """What evaluates a block: raises `Mismatch` when the page is wrong."""
    if block.kind in DIRECTIVES:
        return DIRECTIVES[block.kind][1]
    module: Any = REGISTRY.get(block.lang, text)
    if hasattr(module, "evaluate"):
        work: Work = module.evaluate
        return work
    return lambda block, session: module.check(block.code, block)


def document_of(example: Example) -> PageDocument:
    """The page that an example is part of."""
    assert isinstance(example.document, PageDocument)
    return example.document


def evaluate(example: Example) -> None:
    """Sybil's evaluator for every fence: skip it with its reason, or see that it is right.

    Raises:
        SkipTest: it cannot run here, or a block above failed.
        Mismatch: the page is wrong.
    """
    __tracebackhide__ = True
    block: Block = example.parsed
    session: Session = document_of(example).session
    outcome, known = outcome_of(block), block.page.project.hooks.conditions()
    runs = outcome == "ran"
    reason = None if outcome == "shown" else conditions.missing_reason(block.page.needs, known)
    if outcome != "shown":
        reason = conditions.absent_reason(block.page.requires) or reason
    reason = conditions.skip_reason(block.directive, known) or reason
    if block.above in session.skipped:
        reason = session.skipped[block.above]
    if reason is not None:
        session.skipped[block] = reason
        raise SkipTest(reason)
    if block.above and block.above.expects.get(block.kind) is not block:
        warns = block.kind == "warning"
        others = ", ".join(
            f.versions for f in block.above.fences if f.versions and (f.kind == "warning") == warns
        )
        raise SkipTest(f"holds with {block.versions or 'other versions than ' + others}")
    if session.failed and (runs or block.above):
        raise SkipTest(f"not run, since {session.failed.where} failed")
    try:
        if outcome not in ("shown", "parsed"):
            session.start()
        work_of(block)(block, session)
    except BaseException:
        session.failed = session.failed or (block if runs else None)
        raise


def evaluate_claim(example: Example) -> None:
    """Sybil's evaluator for a claim: it holds, and each of its comparisons could fail.

    Raises:
        SkipTest: what it needs did not run.
        Mismatch: it does not hold, cannot be evaluated, or cannot fail.
    """
    __tracebackhide__ = True
    claim: Claim = example.parsed
    session: Session = document_of(example).session
    if claim.above in session.skipped:
        raise SkipTest(session.skipped[claim.above])
    if claim.needs_run and session.failed:
        raise SkipTest(f"not evaluated, since {session.failed.where} failed")
    hooks = claim.page.project.hooks
    try:
        with hooks.random_state():
            verdict = claims.evaluate(
                claim.expression, session.namespace, session.helpers_of_claims()
            )
    except NameError as error:
        if session.skipped:
            raise SkipTest(next(iter(session.skipped.values()))) from None
        raise Mismatch(f"{claim.where}: {error}: {claim.expression}") from None
    except Exception as error:
        kind = type(error).__name__
        raise Mismatch(f"{claim.where}: {kind}: {error}: {claim.expression}") from None
    session.values[claim] = verdict.values
    if not verdict.holds:
        values = "\n".join(f"  {name} = {value}" for name, value in verdict.values)
        raise Mismatch(f"{claim.where}: this does not hold: {claim.expression}\n{values}")
    if verdict.vacuous:
        raise Mismatch(
            f"{claim.where}: this claim holds whatever becomes of {verdict.vacuous}: "
            f"{claim.expression}"
        )


def report_problems(example: Example) -> None:
    """Sybil's evaluator for what is wrong with the page itself.

    Raises:
        Mismatch: always, with one line per problem.
    """
    shown = document_of(example).page.project.shown
    problems: list[Problem] = example.parsed.problems
    raise Mismatch("\n".join(f"{shown(p.path)}:{p.line}: {p.message}" for p in problems))


@dataclass(frozen=True)
class Problems:
    """What is wrong with one line of a page, in place of its blocks."""

    line: int
    problems: list[Problem]


class PageDocument(Document):
    """A page with its includes resolved, as Sybil sees it."""

    page: Page
    session: Session
    waiting: list[Example]  # not evaluated yet

    @classmethod
    def parse(cls, path: str, *parsers: Any, encoding: str = "utf-8") -> PageDocument:
        """Read a page; a package that it requires and that is not here is one of its problems.

        Args:
            path: of the Markdown file.
            parsers: Sybil's, each of which yields regions.
            encoding: as Sybil passes it; pages are UTF-8.
        """
        page = parse_page(Path(path))
        for name in page.requires:
            if not conditions.installed_version(name) and not conditions.absent_reason([name]):
                line = next(
                    (n for n, x in enumerate(page.lines, 1) if x.startswith("requires:")), 1
                )
                page.problems.append(
                    Problem(
                        page.path,
                        line,
                        f"requires {name}, which is not installed: pip install {name}",
                    )
                )
        # a line more for each claim that is evaluated after the last block
        at_end = sum(claim.at_end for claim in page.claims)
        document = cls("\n".join(page.lines) + "\n" * (1 + at_end), path)
        document.page, document.session = page, Session(page)
        for parser in parsers:
            for region in parser(document):
                document.add(region)
        document.waiting = list(document.examples())
        return document

    def examples(self) -> Iterator[Example]:
        """The fences and claims in their order, each at its line of the page."""
        for example in super().examples():
            example.line, example.column = example.parsed.line, 1
            yield example

    def evaluate(self, example: Example, evaluator: Any) -> None:
        """Evaluate an example, and before it those above it that have not been evaluated.

        Args:
            example: the fence or claim.
            evaluator: Sybil's, for this example.
        """
        __tracebackhide__ = True
        # `pytest docs/x.md::line:40,column:1` alone
        while self.waiting and self.waiting[0].start < example.start:
            earlier = self.waiting.pop(0)
            # told when that block itself is selected
            with contextlib.suppress(Exception, SkipTest):
                super().evaluate(earlier, earlier.region.evaluator or evaluate)
        self.waiting = (
            self.waiting[1:]
            if self.waiting and self.waiting[0].start == example.start
            else self.waiting
        )
        super().evaluate(example, evaluator)


def regions_of(document: Document) -> Iterator[Region]:
    """Sybil's parser: a region for each fence, or for each line of the page that has problems."""
    assert isinstance(document, PageDocument)
    page = document.page
    starts = list(itertools.accumulate((len(line) + 1 for line in page.lines), initial=0))
    if not page.problems:
        for block in page.blocks:
            yield Region(starts[block.start], starts[block.start + 1] - 1, block, evaluate)
        end = starts[-1]
        for claim in page.claims:
            start = end if claim.at_end else starts[claim.start]
            end += claim.at_end
            yield Region(start, start + 1, claim, evaluate_claim)
        return
    places: dict[tuple[Path, int], int] = {}  # the first line of the page that came from there
    for number, line in enumerate(page.lines):
        for origin in line.origins:
            places.setdefault(origin, number)
    by_line: dict[int, list[Problem]] = {}
    for problem in page.problems:
        by_line.setdefault(places.get((problem.path, problem.line), 0), []).append(problem)
    for number, problems in sorted(by_line.items()):
        first = page.lines[number].origins[0][1] if page.lines else 1
        end = max(starts[number], starts[min(number + 1, len(starts) - 1)] - 1)
        yield Region(starts[number], end, Problems(first, problems), report_problems)


SYBIL = Sybil(parsers=[regions_of], patterns=["*.md"], document_types={".md": PageDocument})


class Failure(TerminalRepr):
    """A failure without a frame to show: the message, and the place to click."""

    def __init__(self, message: str, path: str, line: int) -> None:
        self.message = message
        self.reprcrash = ReprFileLocation(path, line, message.split("\n")[0])

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the message, and the place to click unless it begins with that."""
        for line in self.message.splitlines():
            tw.line(f"E   {line}", red=True, bold=True)
        if not self.message.startswith(f"{self.reprcrash.path}:"):
            self.reprcrash.toterminal(tw)


class BlockItem(SybilItem):
    """A fence as a pytest item."""

    def __init__(self, parent: Any, sybil: Sybil, example: Example) -> None:
        super().__init__(parent, sybil, example)
        self.block: Block | Claim | Problems = example.parsed
        seconds = (
            self.block.directive.get("timeout", TIMEOUT_S)
            if isinstance(self.block, Block)
            else TIMEOUT_S
        )
        self.add_marker(pytest.mark.timeout(pace.patience(seconds), func_only=True))

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line and name of the fence, as pytest reports them."""
        return self.path, self.example.line - 1, f"{self.path.name}:{self.example.line}"

    def _traceback_filter(self, excinfo: ExceptionInfo[BaseException]) -> Traceback:
        """Only the frames of the page and of what it called."""
        ours = [
            n for n, entry in enumerate(excinfo.traceback) if str(entry.path).startswith(ENGINE)
        ]
        frames = excinfo.traceback[ours[-1] + 1 :] if ours else excinfo.traceback
        return Traceback(
            entry
            for entry in frames
            if not re.search(r"pytest_timeout|/_pytest/|/importlib/", str(entry.path))
        )

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The failure as it is printed: with the frames of the page alone."""
        return self._repr_failure_py(excinfo, style or "short")

    def _repr_failure_py(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> Any:
        error, place = excinfo.value, (str(self.path), self.example.line)
        if not isinstance(error, Mismatch | SyntaxError) and len(self._traceback_filter(excinfo)):
            return super()._repr_failure_py(excinfo, style)
        message = str(error) if isinstance(error, Mismatch) else excinfo.exconly()
        if isinstance(error, SyntaxError) and error.filename:
            place = (error.filename, error.lineno or 1)
        elif location := re.match(r"([^\s:]+):(\d+): ", message):
            place = (location[1], int(location[2]))
        return Failure(message, find_project(self.path).shown(place[0]), place[1])


class PageFile(SybilFile):
    """A page as a pytest collector."""

    def collect(self) -> Iterator[BlockItem]:
        """An item for each fence and claim of the page."""
        document = SYBIL.parse(self.path)
        assert isinstance(document, PageDocument)
        document.session.update = self.config.getoption("--update")
        if self.config.getoption("--record"):
            _ = document.page.hash  # of what runs now: it may be edited meanwhile
        self.documents.append(document)
        for example in document.examples():
            yield BlockItem.from_parent(self, sybil=SYBIL, example=example)

    def setup(self) -> None:
        """Nothing: a page starts with its first block that runs."""

    def teardown(self) -> None:
        """End what the page started, and write what `--update` noted."""
        for document in self.documents:
            assert isinstance(document, PageDocument)
            try:
                document.session.finish()
            finally:
                document.session.save_edits()


class NotebookItem(pytest.Item):
    """A notebook as one pytest item: a kernel is too slow to start for each cell."""

    def runtest(self) -> None:
        """Execute the notebook, and compare it or write it."""
        book = Notebook(self.path, find_project(self.path))
        ran = notebook.execute(book)
        today = {"date": datetime.datetime.now(datetime.UTC).date().isoformat()}
        try:
            book.compare(ran)
        except Mismatch:
            if not self.config.getoption("--update"):
                raise
            book.write(ran, book.environment | today)
            book.compare(ran)
        if (
            self.config.getoption("--record")
            and not book.is_current()
            and record.baseline({"here": book.environment}, book.project)  # it has one stamp only
        ):
            book.write(book.published, book.environment | today)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The failure as it is printed: the message alone where the notebook is wrong."""
        return (
            str(excinfo.value)
            if isinstance(excinfo.value, Mismatch)
            else super().repr_failure(excinfo, style)
        )

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line and name of the notebook, as pytest reports them."""
        return self.path, 0, self.path.name


class NotebookFile(pytest.File):
    """A notebook as a pytest collector."""

    def collect(self) -> Any:
        """The one item of the notebook, with its time limit."""
        item = NotebookItem.from_parent(self, name="notebook")
        item.add_marker(pytest.mark.timeout(pace.patience(notebook.TIMEOUT_S + 60), func_only=True))
        yield item
