"""The pytest side: `pytest docs/` runs every block of every page with Sybil as the engine.

Registered as a pytest plugin (entry point `fenceproof` in pyproject.toml).
"""

from __future__ import annotations

import contextlib
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fenceproof import conditions, record
from fenceproof.compare import Mismatch
from fenceproof.integration.items import (
    SYBIL,
    BlockItem,
    NotebookFile,
    PageFile,
    document_of,
    outcome_of,
)
from fenceproof.integration.progress import Progress, slowest
from fenceproof.integration.scheduling import XdistPlugin
from fenceproof.notebook import Notebook
from fenceproof.page import Block, Claim, Page, ports
from fenceproof.project import Project, find_project
from fenceproof.reader import parse_page
from fenceproof.run import builds, pace
from fenceproof.run.session import FIRED, kill_marked

SLOW = 1.5  # times slower than a quiet machine: reported


def first_line(failure: str) -> str:
    """The line of a failure's text that says what is wrong, at most 300 characters of it.

    Args:
        failure: as pytest prints it.
    """
    lines = [line.removeprefix("E").strip() for line in failure.splitlines() if line[:1] == "E"]
    return (lines or failure.splitlines() or [""])[0][:300]


def is_of_a_page(nodeid: str) -> bool:
    """Whether an item is a block of a page or a notebook, not a test of a Python file."""
    return nodeid.partition("::")[0].endswith((".md", ".ipynb"))


class LeftOut(pytest.File):
    """A page that this run does not test; pytest misses a named file that nothing collects."""

    def collect(self) -> list[pytest.Item]:
        """Nothing."""
        return []


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
        self.results: dict[Path, dict[int, dict[str, Any]]] = {}  # of blocks, by their index
        self.claims: dict[Path, dict[int, dict[str, Any]]] = {}  # likewise
        self.pages: dict[Path, Page] = {}
        self.hashes: dict[Path, str] = {}  # of the pages that ran, as they were when the run began
        self.fired: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.selected = bool(
            config.getoption("-k", "")
            or config.getoption("--changed")
            or any("::" in a for a in config.args)
        )

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.File | None:
        """Collect a page or a notebook of docs/, unless this run leaves it out."""
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
        if self.config.getoption("--changed") and record.is_current(parse_page(file_path, project)):
            self.unchanged.append(file_path)
            return LeftOut.from_parent(parent, path=file_path)
        if self._leave_out(file_path, project):
            self.slow.append(file_path)
            return LeftOut.from_parent(parent, path=file_path)
        return PageFile.from_parent(parent, path=file_path, sybils=[SYBIL])

    def _leave_out(self, path: Path, project: Project) -> bool:
        """Whether a page is slow, not named on the command line, and its record is current."""
        # Search the text first: parsing 230 pages to find seven takes seconds
        if self.config.getoption("--slow") or "\nslow: true\n" not in path.read_text(
            encoding="utf-8", errors="replace"
        ):
            return False
        named = {
            self.config.invocation_params.dir / argument.partition("::")[0]
            for argument in self.config.args
        }
        page = parse_page(path, project)
        return (
            page.slow and path not in {name.resolve() for name in named} and record.is_current(page)
        )

    def _recorded(self, path: Path) -> float:
        """Seconds that a page or a notebook took when it was recorded; 0 if unknown."""
        try:
            seconds = record.seconds(Page(path, find_project(path)))
        except (FileNotFoundError, ValueError):
            return 0.0
        return seconds if seconds < 1e9 else 0.0

    def _collect_notebook(
        self, path: Path, parent: pytest.Collector, project: Project
    ) -> pytest.File | None:
        with contextlib.suppress(Mismatch):
            if self.config.getoption("--changed") and Notebook(path, project).is_current():
                self.unchanged.append(path)
                return LeftOut.from_parent(parent, path=path)
        return NotebookFile.from_parent(parent, path=path)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Find pages that want the same port, and put the longest page first, or shuffle."""
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
        if seed := self.config.getoption("--shuffle"):
            places = {
                path: random.Random(f"{seed} {path.name}").random()
                for path in {item.path for item in items}
            }
            items.sort(key=lambda item: places[item.path])
        elif self.worker:  # the longest page first, so that no worker starts it last
            length = {path: record.seconds(page) for path, page in self.pages.items()}
            items.sort(key=lambda item: -length.get(item.path, 0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Attach to a report what the record needs to know of the block or claim."""
        report = yield
        if isinstance(item, BlockItem) and isinstance(item.block, Block | Claim):
            if report.skipped and call.excinfo is not None:
                report.longrepr = (str(item.path), item.example.line, str(call.excinfo.value))
            part, values = item.block, None
            outcome = outcome_of(part) if isinstance(part, Block) else "held"
            if isinstance(part, Claim):
                values = document_of(item.example).session.values.get(part, [])
            ran = part.page.hash if self.config.getoption("--record") else ""
            error = first_line(report.longreprtext) if report.failed else ""
            report.fenceproof = [str(item.path), part.index, outcome, ran, values, error]
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Count the pages that a worker has collected."""
        self.progress.expect(nodeid for nodeid in ids if is_of_a_page(nodeid))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Print the progress of the run."""
        line = self.progress.ended(nodeid) if is_of_a_page(nodeid) and not self.worker else None
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if line and reporter:
            reporter.ensure_newline()
            reporter.write_line(line)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the outcome of a block or claim for the record."""
        if not hasattr(report, "fenceproof") or (report.when != "call" and report.passed):
            return
        name, index, outcome, ran, values, error = report.fenceproof
        path = Path(name)
        self.hashes[path] = ran
        result: dict[str, Any] = {"outcome": "failed" if report.failed else outcome}
        if values is None:
            result["seconds"] = round(report.duration, 3)
        elif values:
            result["values"] = values
        if report.skipped:
            result = {"outcome": "skipped", "reason": report.longrepr[2]}
        results = (self.results if values is None else self.claims).setdefault(path, {})
        results.setdefault(index, result)
        if report.failed:
            results[index] = result | {"error": error}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write records, and fail on an allowed warning that no longer fires."""
        if self.worker:
            self.config.workeroutput["fenceproof_fired"] = dict(FIRED)  # type: ignore[attr-defined]
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
        """Take over what a worker counted; if it died, end what its page had started."""
        self.fired += Counter(getattr(node, "workeroutput", {}).get("fenceproof_fired", {}))
        if error:  # it died, and could not end what its page had started
            kill_marked(
                PYTEST_XDIST_TESTRUNUID=node.workerinput["testrunuid"],
                PYTEST_XDIST_WORKER=node.workerinput["workerid"],
            )

    def _record(self) -> None:
        for path, results in sorted(self.results.items()):
            page = parse_page(path)
            if page.hash != self.hashes[path] and not self.config.getoption("--update"):
                self.complaints.append(f"NOT recorded: {page.name} was edited while it ran")
                continue
            blocks = [results.get(n, {}) for n in range(len(page.blocks))]
            held = [self.claims.get(path, {}).get(c.index, {}) for c in page.run_claims]
            outcomes = {result.get("outcome") for result in (*blocks, *held)}
            failures = {"failed"} if self.config.getoption("--record-failures") else set()
            if not outcomes <= record.GOOD | failures:
                self.complaints.append(f"NOT recorded: {page.name} did not pass in whole")
            elif record.save(page, blocks, held):
                passed = "" if outcomes <= record.GOOD else ", which failed"
                self.complaints.append(f"recorded {page.name}{passed}")

    def _check_allowed(self, session: pytest.Session) -> None:
        """A full run must set off every warning that pyproject.toml allows."""
        project = find_project(next(iter(self.results)))
        ran = {*self.results, *self.slow}
        if any(
            path not in ran
            and not project.is_translation(path)
            and parse_page(path, project).blocks
            for path in project.pages()
        ):
            return  # only a part of the handbook ran
        for entry in project.allowed_warnings:
            applies = not entry.versions or conditions.applies(entry.versions)
            installed = conditions.installed_version(entry.package)
            if applies and installed and not self.fired[entry.message]:
                self.complaints.append(
                    f"pyproject.toml: [[tool.fenceproof.warnings]] {entry.message!r} "
                    "no longer fires: remove it"
                )
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the outcomes, the reasons of skips and the slowest pages."""
        write = terminalreporter.write_line
        results = [r for page in self.results.values() for r in page.values()]
        if results:
            counts = Counter(r["outcome"] for r in results)
            summary = ", ".join(
                f"{counts[word]} {word}"
                for word in ("ran", "compared", "parsed", "written", "shown", "skipped", "failed")
                if counts[word]
            )
            write(f"fenceproof: {len(results)} blocks on {len(self.results)} pages: {summary}")
        if claims := [r for page in self.claims.values() for r in page.values()]:
            counts = Counter(r["outcome"] for r in claims)
            summary = ", ".join(f"{n} {word}" for word, n in counts.most_common())
            write(f"fenceproof: {len(claims)} claims on {len(self.claims)} pages: {summary}")
        if results:
            for reason, number in Counter(
                r["reason"] for r in results if "reason" in r
            ).most_common():
                write(f"  skipped {number}: {reason}")
        if (factor := float(os.environ.get(pace.FACTOR, 1))) > SLOW:
            write(
                f"fenceproof: when the run began, this machine was {factor:.1f} times slower "
                "than a quiet one: limits on time grew as much"
            )
        if len(self.results) > 10:
            write("fenceproof: the slowest pages, and their share")
            project = find_project(next(iter(self.results)))
            took = {
                path: sum(r.get("seconds", 0.0) for r in page.values())
                for path, page in self.results.items()
            }
            for line in slowest({project.shown(path): seconds for path, seconds in took.items()}):
                write(f"  {line}")
        if self.unchanged:
            write(f"fenceproof: {len(self.unchanged)} pages unchanged since their record")
        named = [
            (self.config.invocation_params.dir / argument.partition("::")[0]).resolve()
            for argument in self.config.args
        ]
        if slow := [path for path in self.slow if any(map(path.is_relative_to, named))]:
            names = ", ".join(find_project(path).shown(path) for path in slow)
            write(
                f"fenceproof: {len(slow)} slow pages not run, since nothing changed since their "
                f"record (--slow runs them): {names}"
            )
        for line in self.complaints:
            write(f"fenceproof: {line}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose pages, `--changed`, `--slow` and `--shuffle`, and those that
    write: `--update`, `--record` and `--record-failures`.
    """
    group = parser.getgroup("fenceproof", "pages that run")
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
        "--shuffle",
        metavar="SEED",
        help="pages in an order drawn with this seed: they share processes, and must not meet",
    )
    group.addoption(
        "--update", action="store_true", help="rewrite Output, Error and Warning blocks that differ"
    )
    group.addoption(
        "--record", action="store_true", help="write records/ for the pages that passed"
    )
    group.addoption(
        "--record-failures",
        action="store_true",
        help="with --record: also what failed, where no valid record of this environment is",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin, with a place for shared builds and the pace of this machine."""
    cleanup = contextlib.ExitStack()
    cleanup.enter_context(builds.keep_builds())
    # one process measures when it first has to wait
    if workers := len(getattr(config.option, "tx", None) or []):
        cleanup.enter_context(pace.measure_once(workers))
    config.add_cleanup(cleanup.close)
    config.pluginmanager.register(Plugin(config), "fenceproof-run")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(XdistPlugin(), "fenceproof-xdist")
