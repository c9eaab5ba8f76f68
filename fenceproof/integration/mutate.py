"""`python -m fenceproof mutate [page ...]`: which deletions would a run of the page not notice?

Deletes one statement at a time from the Python blocks of a page, and turns one comparison at a
time around; the page must then fail. Each change runs in a fork: made just before its block
where the page has nothing but Python and one thread, and otherwise before the page begins.
Packages are imported once.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest

from sybil import Example

from fenceproof import record
from fenceproof.compare import Mismatch
from fenceproof.integration.items import SYBIL, PageDocument
from fenceproof.page import Block, Page
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from fenceproof.run.pace import patience
from fenceproof.run.session import kill_marked

FIRST_S = 600.0  # that a page may take without a change, on a quiet machine
LONGEST_S = 5.0  # a block that takes longer by its record is not changed
MARK = "FENCEPROOF_MUTANT"  # environment variable by which the processes of a fork are known
SURVIVED, RAISED, DIFFERED, HUNG = "survived", "raised", "differed", "hung"
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Mutant:
    """One change of one block.

    Args:
        block: its number on the page.
        node: the number of the changed node, in the order of `ast.walk`.
        operator: the number of the comparison in a chain; None deletes the statement.
        where: the place to look at, `examples/x.py:7`.
        text: the statement or comparison as it was.
    """

    block: int
    node: int
    operator: int | None
    where: str
    text: str

    def change(self, tree: ast.Module) -> None:
        """Make the change in a parsed block."""
        node = list(ast.walk(tree))[self.node]
        if self.operator is not None:
            assert isinstance(node, ast.Compare)
            node.ops[self.operator] = OPPOSITES[type(node.ops[self.operator])]()
            return
        for parent in ast.walk(tree):
            for _, children in ast.iter_fields(parent):
                if isinstance(children, list) and any(child is node for child in children):
                    at = next(n for n, child in enumerate(children) if child is node)
                    children[at] = ast.copy_location(ast.Pass(), node)
                    return


def mutants_of(block: Block) -> Iterator[Mutant]:
    """Every change of a Python block.

    Args:
        block: of a page without problems.
    """
    try:
        tree = ast.parse(block.code)
    except SyntaxError:
        return
    for number, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.stmt) and not _does_nothing(node):
            text = ast.unparse(node).split("\n")[0]
            yield Mutant(block.index, number, None, block.at(node.lineno), text)
        elif isinstance(node, ast.Compare):
            for operator in range(len(node.ops)):
                place = block.at(node.lineno)
                yield Mutant(block.index, number, operator, place, ast.unparse(node))


def _does_nothing(node: ast.stmt) -> bool:
    """Whether a statement is there for readers or for the compiler alone."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return True
    return isinstance(node, ast.Pass | ast.Global | ast.Nonlocal)


@dataclass
class Result:
    """What was found on a page: numbers, survivors as lines with their place, exempt blocks."""

    deletions: int = 0
    noticed: int = 0
    raised: int = 0  # of the noticed deletions, those that any run would notice
    comparisons: int = 0
    turned: int = 0  # comparisons whose opposite was noticed
    survivors: list[str] | None = None
    exempt: list[str] | None = None

    def __str__(self) -> str:
        share = f" ({100 * self.noticed / self.deletions:.0f}%)" if self.deletions else ""
        return (
            f"{self.noticed} of {self.deletions} deletions noticed{share}, {self.raised} of them "
            f"since something raised; {self.turned} of {self.comparisons} comparisons"
        )


NUMBERS = ("deletions", "noticed", "raised", "comparisons", "turned")


class Trial:
    """Runs a page with changes; lives in a process that runs nothing else."""

    def __init__(self, path: Path) -> None:
        document = SYBIL.parse(path)
        assert isinstance(document, PageDocument)
        self.document, self.page = document, document.page
        self.session, self.examples = document.session, list(document.examples())
        self.limit = patience(FIRST_S)
        self.outcomes: dict[Mutant, tuple[str, str]] = {}

    def run(self, mutants: Sequence[Mutant]) -> tuple[str, str]:
        """Try every mutant; the outcome of the page without a change comes back.

        Args:
            mutants: of the page.
        """
        if hasattr(os, "sched_setaffinity"):  # one core, so that libraries start no threads
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        self._import()
        begun = time.monotonic()
        unchanged = self._fork(self._unchanged)
        if unchanged[0] != SURVIVED:
            return unchanged
        self.limit = patience(5) + 10 * (time.monotonic() - begun)
        for name in json.loads(unchanged[1]):  # what libraries import when they are used
            if not _has_threads():
                _import(name)
        if self._is_plain():
            self._walk(mutants)
        for mutant in mutants:
            if mutant not in self.outcomes:
                self.outcomes[mutant] = self._fork(lambda mutant=mutant: self._again(mutant))  # type: ignore[misc]
        return unchanged

    def _is_plain(self) -> bool:
        """Whether nothing but this process's memory and the work folder knows how far a page is."""
        kinds = {block.kind for block in self.page.blocks}
        code = "\n".join(block.code for block in self.page.blocks)
        outside = ("await", "asyncio", "subprocess", "Thread", "multiprocessing", "socket")
        return not kinds & {"console", "bash", "script"} and not any(w in code for w in outside)

    def _import(self) -> None:
        """Import what the page imports, so that no fork has to."""
        own = {name.partition(".")[0].partition("/")[0] for name in self.page.files}
        own |= {block.title.partition(".")[0] for block in self.page.blocks}
        for block in self.page.blocks:
            if block.lang != "python" or "skip" in block.directive:
                continue
            try:
                nodes = list(ast.walk(ast.parse(block.code)))
            except SyntaxError:
                continue
            imports = [node for node in nodes if isinstance(node, ast.Import)]
            names = [alias.name for node in imports for alias in node.names]
            names += [n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module]
            for name in names:
                if name.partition(".")[0] not in own:
                    _import(name)

    def _unchanged(self) -> tuple[str, str]:
        """In a fork: the page as it is, and the installed modules that it has loaded meanwhile."""
        before = set(sys.modules)
        outcome = self._evaluate(self.examples)
        if outcome[0] != SURVIVED:
            return outcome
        folders = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
        loaded = [
            name
            for name, module in sys.modules.items()
            if name not in before and str(getattr(module, "__file__", None)).startswith(folders)
        ]
        with contextlib.suppress(Mismatch):  # a process that is left running: said by the run
            self.session.finish()
        return SURVIVED, json.dumps(loaded)

    def _walk(self, mutants: Sequence[Mutant]) -> None:
        """Run the page, and before each block try its mutants on what there is by then."""
        try:
            for number, example in enumerate(self.examples):
                block = example.parsed
                if isinstance(block, Block):
                    for mutant in [m for m in mutants if m.block == block.index]:
                        if not _has_threads():
                            self.outcomes[mutant] = self._fork(
                                lambda mutant=mutant, number=number: self._from(number, mutant)  # type: ignore[misc]
                            )
                try:
                    example.evaluate()
                except SkipTest:
                    continue
        finally:
            self.session.finish()

    def _from(self, number: int, mutant: Mutant) -> tuple[str, str]:
        """In a fork: the rest of the page, in a copy of the work folder."""
        self.session.start()
        folder = self.session.folder.with_name(f"work-{os.getpid()}")
        shutil.copytree(self.session.folder, folder, symlinks=True)
        self.session.folder = folder
        os.chdir(folder)
        self.session.changes[self.page.blocks[mutant.block]] = mutant.change
        return self._evaluate(self.examples[number:])

    def _again(self, mutant: Mutant) -> tuple[str, str]:
        """In a fork: the whole page."""
        self.session.changes[self.page.blocks[mutant.block]] = mutant.change
        try:
            outcome = self._evaluate(self.examples)
        finally:
            try:
                self.session.finish()
            except Mismatch as left_running:
                outcome = (DIFFERED, str(left_running))
        return outcome

    def _evaluate(self, examples: Sequence[Example]) -> tuple[str, str]:
        for example in examples:
            try:
                example.evaluate()
            except SkipTest:
                continue
            except Mismatch as error:
                return DIFFERED, str(error)
            except BaseException as error:
                return RAISED, f"{type(error).__name__}: {error}"
        return SURVIVED, ""

    def _fork(self, work: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        """What a copy of this process finds, and nothing else of it."""
        mark = uuid.uuid4().hex
        with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as folder:
            result = Path(folder) / "result.json"
            child = os.fork()
            if child == 0:
                _run_in_fork(work, result, mark)
            until = time.monotonic() + self.limit
            while os.waitpid(child, os.WNOHANG)[0] == 0:
                if time.monotonic() > until:
                    os.kill(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                    kill_marked(**{MARK: mark})
                    return HUNG, f"no end after {self.limit:.0f} s"
                time.sleep(0.005)
            if not result.exists():
                return RAISED, "the process died"
            outcome, message = json.loads(result.read_text(encoding="utf-8"))
            return outcome, message


def _run_in_fork(work: Callable[[], tuple[str, str]], result: Path, mark: str) -> None:
    """Write what `work` finds to a file, and end this process."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        tempfile.tempdir = str(result.parent)
        os.environ[MARK] = mark
        outcome = work()
        result.write_text(json.dumps(outcome), encoding="utf-8")
    finally:
        os._exit(0)


def _import(name: str) -> None:
    """Import a module if that is possible: a page may show what happens where it is not."""
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        importlib.import_module(name)


def _has_threads() -> bool:
    tasks = Path("/proc/self/task")
    return not tasks.is_dir() or len(list(tasks.iterdir())) > 1


def exempt_blocks(page: Page) -> dict[int, float]:
    """The Python blocks that take too long to be changed, with their seconds.

    Args:
        page: with its record.
    """
    entry = record.baseline(record.load(page), page.project)
    if entry is None or not record.is_valid(entry, page):
        return {}
    times = {n: float(result.get("seconds", 0)) for n, result in enumerate(entry["blocks"])}
    return {n: s for n, s in times.items() if s > LONGEST_S and page.blocks[n].kind == "python"}


def mutate(path: Path) -> Result | str:
    """Try every mutant of a page, in a process of its own; or why that is not possible.

    Args:
        path: of the page.
    """
    page = parse_page(path)
    if page.problems:
        return f"{page.project.shown(page.problems[0].path)}:{page.problems[0].line}: has problems"
    exempt = exempt_blocks(page)
    mutants = [
        mutant
        for block in page.blocks
        if block.kind == "python" and block.index not in exempt and "skip" not in block.directive
        for mutant in mutants_of(block)
    ]
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        answer = Path(folder) / "answer.json"
        child = os.fork()
        if child == 0:
            try:
                trial = Trial(path)
                unchanged = trial.run(mutants)
                outcomes = [trial.outcomes.get(mutant) for mutant in mutants]
                answer.write_text(json.dumps([unchanged, outcomes]), encoding="utf-8")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if not answer.exists():
            return "the run of the page died"
        unchanged, outcomes = json.loads(answer.read_text(encoding="utf-8"))
    if unchanged[0] != SURVIVED:
        return f"the page does not pass as it is: {unchanged[1].splitlines()[0]}"
    result = Result(survivors=[], exempt=[])
    assert result.survivors is not None
    for mutant, (outcome, _) in zip(mutants, outcomes, strict=True):
        if mutant.operator is None:
            result.deletions += 1
            result.noticed += outcome != SURVIVED
            result.raised += outcome in (RAISED, HUNG)
        else:
            result.comparisons += 1
            result.turned += outcome != SURVIVED
        if outcome == SURVIVED:
            kind = "without" if mutant.operator is None else "turned around"
            result.survivors.append(f"{mutant.where}: {kind}: {mutant.text}")
    result.exempt = [f"{page.blocks[n].where}: {s:.0f} s" for n, s in exempt.items()]
    return result


def main(names: Sequence[str]) -> int:
    """Try pages, print their scores and survivors, and keep them in the records; exit code 1 if
    a page could not be tried.

    Args:
        names: files of pages; none means all of the project.
    """
    project = find_project(Path(names[0]) if names else Path.cwd())
    paths = [Path(name).resolve() for name in names] or project.pages()
    total, failed = Result(), False
    for path in paths:
        page = parse_page(path, project)
        if project.is_translation(path) or not any(b.kind == "python" for b in page.blocks):
            continue
        shown = project.shown(path)
        known = record.mutations(page)
        result = _kept(known) or mutate(path)
        if isinstance(result, str):
            failed = True
            print(f"{shown}: {result}", flush=True)
            continue
        if not _kept(known):
            record.save_mutations(page, asdict(result))
        print(f"{shown}: {result}", flush=True)
        for line in result.survivors or ():
            print(f"  {line}", flush=True)
        for line in result.exempt or ():
            print(f"  exempt: {line}", flush=True)
        total = Result(*(getattr(total, name) + getattr(result, name) for name in NUMBERS))
    if total.deletions:
        print(f"all: {total}")
    return int(failed)


def _kept(known: dict[str, Any] | None) -> Result | None:
    """What a record holds, unless that is of another version."""
    try:
        return Result(**{k: v for k, v in known.items() if k != "hash"}) if known else None
    except TypeError:
        return None
