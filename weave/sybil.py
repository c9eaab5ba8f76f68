"""The pytest side: `pytest docs/` runs every block of every page with Sybil as the engine.

Registered as a pytest plugin (entry point `weave` in pyproject.toml).
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
from _pytest._code.code import ExceptionInfo, ReprFileLocation, TerminalRepr, Traceback
from _pytest._io import TerminalWriter
from sybil import Document, Example, Region, Sybil
from sybil.integration.pytest import SybilFile, SybilItem

from weave import builds, conditions, evaluators, notebook, pace, record
from weave.compare import Mismatch
from weave.evaluators import files, text
from weave.page import EXPECTED, Block, Page, Problem, ports, read_page
from weave.progress import Progress, slowest
from weave.project import Project, find_project
from weave.session import FIRED, Session, kill_marked

OURS = str(Path(__file__).parent)
SLOW = 1.5  # times slower than a quiet machine: worth telling
TIMEOUT_S = 120.0  # a block's, unless <!-- test: timeout=... -->
SPECIAL = {"file": ("written", files.write), "script": ("ran", files.run)}
SPECIAL |= dict.fromkeys(EXPECTED, ("compared", text.compare))


def handler(block: Block) -> tuple[str, Callable[[Block, Session], None]]:
    """The word that the record has for this block when all is well, and what gets it there."""
    module: Any = evaluators.REGISTRY.get(block.lang, text)
    return SPECIAL.get(block.kind) or (module.OUTCOME, module.evaluate)


def document_of(example: Example) -> PageDocument:
    assert isinstance(example.document, PageDocument)
    return example.document


def evaluate(example: Example) -> None:
    """Sybil's evaluator for every fence: skip it with its reason, or see that it is right."""
    __tracebackhide__ = True
    block: Block = example.parsed
    session: Session = document_of(example).session
    outcome, work = handler(block)
    runs = outcome == "ran"
    reason = None if outcome == "shown" else conditions.missing(block.page.needs)
    reason = conditions.skipped(block.directive) or reason
    if block.above in session.skipped:
        reason = session.skipped[block.above]
    if reason is not None:
        session.skipped[block] = reason
        raise SkipTest(reason)
    if session.failed and (runs or block.above):
        raise SkipTest(f"not run, since {session.failed.where} failed")
    try:
        if outcome not in ("shown", "parsed"):
            session.start()
        work(block, session)
    except BaseException:
        session.failed = session.failed or (block if runs else None)
        raise


def report_problem(example: Example) -> None:
    """Sybil's evaluator for what is wrong with the page itself."""
    problem: Problem = example.parsed
    raise Mismatch(
        f"{document_of(example).page.project.shown(problem.path)}:{problem.line}: {problem.message}"
    )


class PageDocument(Document):
    """A page with its includes resolved, as Sybil sees it."""

    page: Page
    session: Session
    waiting: list[Example]  # not evaluated yet

    @classmethod
    def parse(cls, path: str, *parsers: Any, encoding: str = "utf-8") -> PageDocument:
        page = read_page(Path(path))
        for name in page.requires:
            if not conditions.installed(name):
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
        document = cls("\n" * len(page.problems) if page.problems else "\n".join(page.lines), path)
        document.page, document.session = page, Session(page)
        for parser in parsers:
            for region in parser(document):
                document.add(region)
        document.waiting = list(document.examples())
        return document

    def examples(self) -> Iterator[Example]:
        for example in super().examples():
            example.line, example.column = example.parsed.line, 1
            yield example

    def evaluate(self, example: Example, evaluator: Any) -> None:
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


def parse_page(document: Document) -> Iterator[Region]:
    """Sybil's parser: a region for each fence or,
    if the page has problems, one for each of these.
    """
    assert isinstance(document, PageDocument)
    page = document.page
    if page.problems:
        for number, problem in enumerate(page.problems):
            yield Region(number, number + 1, problem, report_problem)
        return
    starts = list(itertools.accumulate((len(line) + 1 for line in page.lines), initial=0))
    for block in page.blocks:
        yield Region(starts[block.start], starts[block.start + 1] - 1, block, evaluate)


SYBIL = Sybil(parsers=[parse_page], patterns=["*.md"], document_types={".md": PageDocument})


class Failure(TerminalRepr):
    """A failure without a frame to show: the message, and the place to click."""

    def __init__(self, message: str, path: str, line: int) -> None:
        self.message = message
        self.reprcrash = ReprFileLocation(path, line, message.split("\n")[0])

    def toterminal(self, tw: TerminalWriter) -> None:
        for line in self.message.splitlines():
            tw.line(f"E   {line}", red=True, bold=True)
        if not self.message.startswith(f"{self.reprcrash.path}:"):
            self.reprcrash.toterminal(tw)


class BlockItem(SybilItem):
    """A fence as a pytest item."""

    def __init__(self, parent: Any, sybil: Sybil, example: Example) -> None:
        super().__init__(parent, sybil, example)
        self.block: Block | Problem = example.parsed
        seconds = (
            self.block.directive.get("timeout", TIMEOUT_S)
            if isinstance(self.block, Block)
            else TIMEOUT_S
        )
        self.add_marker(pytest.mark.timeout(pace.patience(seconds), func_only=True))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.example.line - 1, f"{self.path.name}:{self.example.line}"

    def _traceback_filter(self, excinfo: ExceptionInfo[BaseException]) -> Traceback:
        """Only the frames of the page and of what it called."""
        ours = [n for n, entry in enumerate(excinfo.traceback) if str(entry.path).startswith(OURS)]
        frames = excinfo.traceback[ours[-1] + 1 :] if ours else excinfo.traceback
        return Traceback(
            entry
            for entry in frames
            if not re.search(r"pytest_timeout|/_pytest/|/importlib/", str(entry.path))
        )

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> Any:
        return self._repr_failure_py(excinfo, style or "short")

    def _repr_failure_py(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> Any:
        error, place = excinfo.value, (str(self.path), self.example.line)
        if not isinstance(error, Mismatch | SyntaxError) and len(self._traceback_filter(excinfo)):
            return super()._repr_failure_py(excinfo, style)
        message = str(error) if isinstance(error, Mismatch) else excinfo.exconly()
        if isinstance(error, SyntaxError) and error.filename:
            place = (error.filename, error.lineno or 1)
        elif found := re.match(r"([^\s:]+):(\d+): ", message):
            place = (found[1], int(found[2]))
        return Failure(message, find_project(self.path).shown(place[0]), place[1])


class PageFile(SybilFile):
    """A page as a pytest collector."""

    def collect(self) -> Iterator[BlockItem]:
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
        for document in self.documents:
            assert isinstance(document, PageDocument)
            try:
                document.session.finish()
            finally:
                document.session.save_edits()


class NotebookItem(pytest.Item):
    """A notebook as one pytest item: a kernel is too slow to start for each cell."""

    def runtest(self) -> None:
        book = notebook.Notebook(self.path, find_project(self.path))
        ran = book.run()
        today = {"date": datetime.datetime.now(datetime.UTC).date().isoformat()}
        try:
            book.compare(ran)
        except Mismatch:
            if not self.config.getoption("--update"):
                raise
            book.write(ran, book.environment | today)
            book.compare(ran)
        if self.config.getoption("--record") and not book.current():
            book.write(book.published, book.environment | today)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        return (
            str(excinfo.value)
            if isinstance(excinfo.value, Mismatch)
            else super().repr_failure(excinfo, style)
        )

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.path.name


class NotebookFile(pytest.File):
    def collect(self) -> Any:
        item = NotebookItem.from_parent(self, name="notebook")
        item.add_marker(pytest.mark.timeout(pace.patience(notebook.TIMEOUT_S + 60), func_only=True))
        yield item


def is_of_a_page(nodeid: str) -> bool:
    """Whether an item is a block of a page or a notebook, and no test of a Python file."""
    return nodeid.partition("::")[0].endswith((".md", ".ipynb"))


class Plugin:
    """What one pytest run knows: the pages to leave out, the outcomes, the records to write."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.worker = hasattr(config, "workerinput")
        self.unchanged: list[Path] = []
        self.slow: list[
            Path
        ] = []  # left out: long by nature, and nothing changed since their record
        self.progress = Progress(lambda nodeid: self._recorded(config.rootpath / nodeid))
        self.results: dict[Path, dict[int, dict[str, Any]]] = {}
        self.pages: dict[Path, Page] = {}
        self.hashes: dict[Path, str] = {}  # of the pages that ran, as they were when the run began
        self.fired: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.selected = bool(
            config.getoption("-k", "")
            or config.getoption("--changed")
            or any("::" in a for a in config.args)
        )

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out docs/downloads/, which `make build` writes."""
        if collection_path.name != "downloads" or not collection_path.is_dir():
            return None
        try:
            docs = find_project(collection_path).docs
        except FileNotFoundError:
            return None
        return collection_path == docs / "downloads" or None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.File | None:
        if file_path.suffix not in (".md", ".ipynb"):
            return None
        try:
            project = find_project(file_path)
        except FileNotFoundError:
            return None
        if not file_path.is_relative_to(project.docs) or project.is_translation(file_path):
            return None
        if file_path.suffix == ".ipynb":
            return self._collect_notebook(file_path, parent, project)
        if self.config.getoption("--changed") and record.current(read_page(file_path, project)):
            self.unchanged.append(file_path)
            return None
        if self._leave_out(file_path, project):
            self.slow.append(file_path)
            return None
        return PageFile.from_parent(parent, path=file_path, sybils=[SYBIL])

    def _leave_out(self, path: Path, project: Project) -> bool:
        """Whether a page is slow, nobody asked for it, and its record is current."""
        # A look at the text first: reading 230 pages to find seven takes seconds
        if self.config.getoption("--slow") or "\nslow: true\n" not in path.read_text(
            encoding="utf-8", errors="replace"
        ):
            return False
        named = {
            self.config.invocation_params.dir / argument.partition("::")[0]
            for argument in self.config.args
        }
        page = read_page(path, project)
        return page.slow and path not in {name.resolve() for name in named} and record.current(page)

    def _recorded(self, path: Path) -> float:
        """Seconds that a page or a notebook took when it was recorded; 0 if nobody knows."""
        try:
            seconds = record.seconds(Page(path, find_project(path)))
        except (FileNotFoundError, ValueError):
            return 0.0
        return seconds if seconds < 1e9 else 0.0

    def _collect_notebook(
        self, path: Path, parent: pytest.Collector, project: Project
    ) -> pytest.File | None:
        with contextlib.suppress(Mismatch):
            if self.config.getoption("--changed") and notebook.Notebook(path, project).current():
                self.unchanged.append(path)
                return None
        return NotebookFile.from_parent(parent, path=path)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        taken: dict[int, Block] = {}
        for item in items:
            if (
                isinstance(item, BlockItem)
                and document_of(item.example).page.path not in self.pages
            ):
                session = document_of(item.example).session
                self.pages[session.page.path] = session.page
                for port, block in ports(session.page).items():
                    other = taken.setdefault(port, block)
                    if other is not block:
                        session.conflict = (
                            f"{block.where}: port {port} is also wanted by {other.where}"
                        )
        if not self.worker:
            self.progress.expect(item.nodeid for item in items if is_of_a_page(item.nodeid))
        if self.worker:  # the longest page first, so that no worker starts it last
            length = {path: record.seconds(page) for path, page in self.pages.items()}
            items.sort(key=lambda item: -length.get(item.path, 0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if isinstance(item, BlockItem) and isinstance(item.block, Block):
            if report.skipped and call.excinfo is not None:
                report.longrepr = (str(item.path), item.example.line, str(call.excinfo.value))
            page, outcome = item.block.page, handler(item.block)[0]
            ran = page.hash if self.config.getoption("--record") else ""
            report.weave = [str(item.path), item.block.index, outcome, ran]
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        self.progress.expect(nodeid for nodeid in ids if is_of_a_page(nodeid))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        line = self.progress.ended(nodeid) if is_of_a_page(nodeid) and not self.worker else None
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if line and reporter:
            reporter.ensure_newline()
            reporter.write_line(line)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if not hasattr(report, "weave") or (report.when != "call" and report.passed):
            return
        path, index, outcome, self.hashes[Path(path)] = report.weave
        result: dict[str, Any] = {
            "outcome": "failed" if report.failed else outcome,
            "seconds": round(report.duration, 3),
        }
        if report.skipped:
            result = {"outcome": "skipped", "reason": report.longrepr[2]}
        self.results.setdefault(Path(path), {}).setdefault(index, result)
        if report.failed:
            self.results[Path(path)][index] = result

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.worker:
            self.config.workeroutput["weave_fired"] = dict(FIRED)  # type: ignore[attr-defined]
            return
        self.fired += FIRED
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.unchanged:
            session.exitstatus = pytest.ExitCode.OK
        if self.config.getoption("--record"):
            self._record()
        if self.results and not self.selected and exitstatus == pytest.ExitCode.OK:
            self._check_allowed(session)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object | None) -> None:
        self.fired += Counter(getattr(node, "workeroutput", {}).get("weave_fired", {}))
        if error:  # it died, and could not end what its page had started
            kill_marked(
                PYTEST_XDIST_TESTRUNUID=node.workerinput["testrunuid"],
                PYTEST_XDIST_WORKER=node.workerinput["workerid"],
            )

    def _record(self) -> None:
        for path, results in sorted(self.results.items()):
            page = read_page(path)
            if page.hash != self.hashes[path] and not self.config.getoption("--update"):
                self.complaints.append(f"NOT recorded: {page.name} was edited while it ran")
                continue
            blocks = [results.get(n, {}) for n in range(len(page.blocks))]
            if len(results) == len(blocks) and all(b.get("outcome") in record.GOOD for b in blocks):
                if record.save(page, blocks):
                    self.complaints.append(f"recorded {page.name}")
            else:
                self.complaints.append(f"NOT recorded: {page.name} did not pass in whole")

    def _check_allowed(self, session: pytest.Session) -> None:
        """A full run must set off every warning that pyproject.toml allows."""
        project = find_project(next(iter(self.results)))
        ran = {*self.results, *self.slow}
        if any(
            path not in ran and not project.is_translation(path) and read_page(path, project).blocks
            for path in project.pages()
        ):
            return  # only a part of the handbook ran
        for entry in project.allowed_warnings:
            if not self.fired[entry.message] and conditions.installed(entry.package):
                self.complaints.append(
                    f"pyproject.toml: [[tool.weave.warnings]] {entry.message!r} "
                    "no longer fires: remove it"
                )
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        write = terminalreporter.write_line
        results = [r for page in self.results.values() for r in page.values()]
        if results:
            counts = Counter(r["outcome"] for r in results)
            told = ", ".join(
                f"{counts[word]} {word}"
                for word in ("ran", "compared", "parsed", "written", "shown", "skipped", "failed")
                if counts[word]
            )
            write(f"weave: {len(results)} blocks on {len(self.results)} pages: {told}")
            for reason, number in Counter(
                r["reason"] for r in results if "reason" in r
            ).most_common():
                write(f"  skipped {number}: {reason}")
        if (factor := float(os.environ.get(pace.FACTOR, 1))) > SLOW:
            write(
                f"weave: when the run began, this machine was {factor:.1f} times slower "
                "than a quiet one: limits on time grew as much"
            )
        if len(self.results) > 10:
            write("weave: the slowest pages, and their share")
            project = find_project(next(iter(self.results)))
            took = {
                path: sum(r.get("seconds", 0.0) for r in page.values())
                for path, page in self.results.items()
            }
            for line in slowest({project.shown(path): seconds for path, seconds in took.items()}):
                write(f"  {line}")
        if self.unchanged:
            write(f"weave: {len(self.unchanged)} pages unchanged since their record")
        named = [
            (self.config.invocation_params.dir / argument.partition("::")[0]).resolve()
            for argument in self.config.args
        ]
        if slow := [path for path in self.slow if any(map(path.is_relative_to, named))]:
            names = ", ".join(find_project(path).shown(path) for path in slow)
            write(
                f"weave: {len(slow)} slow pages not run, since nothing changed since their "
                f"record (--slow runs them): {names}"
            )
        for line in self.complaints:
            write(f"weave: {line}")


class XdistPlugin:
    """With pytest-xdist: a page's blocks share a module, so a page is never split."""

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        from xdist.scheduler import LoadFileScheduling

        class PageScheduling(LoadFileScheduling):  # type: ignore[misc]
            def _split_scope(self, nodeid: str) -> str:
                """A page or a file stays whole, and so does a group of `--dist loadgroup`."""
                if nodeid.rfind("@") > nodeid.rfind("]"):
                    return nodeid.rpartition("@")[2]
                return str(super()._split_scope(nodeid))

            def remove_node(self, node: Any) -> Any:
                """A worker is gone. The page that it died of is not begun again;
                its other pages go to other workers.
                """
                work = self.assigned_work.pop(node)
                died = next(
                    (
                        (page, item)
                        for page, items in work.items()
                        for item, done in items.items()
                        if not done
                    ),
                    None,
                )
                if died is None:
                    return None
                self.workqueue.update(
                    {
                        page: items
                        for page, items in work.items()
                        if page != died[0] and not all(items.values())
                    }
                )
                for other in self.assigned_work:
                    self._reschedule(other)
                return died[1]

        config.option.loadscopereorder = False  # keep the longest page first
        return PageScheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("weave", "pages that run")
    group.addoption(
        "--changed",
        action="store_true",
        help="only pages whose program or environment differs from its record",
    )
    group.addoption(
        "--slow",
        action="store_true",
        help="also slow pages whose program and environment are those of their record",
    )
    group.addoption(
        "--update", action="store_true", help="rewrite Output, Error and Warning blocks that differ"
    )
    group.addoption(
        "--record", action="store_true", help="write records/ for the pages that passed"
    )


def pytest_configure(config: pytest.Config) -> None:
    cleanup = contextlib.ExitStack()
    cleanup.enter_context(builds.kept())
    # one process measures when it first has to wait
    if workers := len(getattr(config.option, "tx", None) or []):
        cleanup.enter_context(pace.measured(workers))
    config.add_cleanup(cleanup.close)
    config.pluginmanager.register(Plugin(config), "weave-run")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(XdistPlugin(), "weave-xdist")
