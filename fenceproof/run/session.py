"""The run of one page: its module, folder and shell, and how everything is restored afterwards."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import os
import random
import re
import sys
import sysconfig
import tempfile
import time
import types
import uuid
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from fenceproof.claims import results_of
from fenceproof.compare import Mismatch
from fenceproof.conditions import is_free
from fenceproof.page import Block, Claim, Line, Page, ports
from fenceproof.project import replace
from fenceproof.run import builds, signals
from fenceproof.run.pace import patience
from fenceproof.run.shell import GRACE_S, Result, Shell

HELPERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
FIRED: Counter[str] = Counter()  # allowed warnings seen in this process, by pattern
# environment variables that change what Python prints, and in which order; readers have them rarely
UNUSUAL = ("PYTHONUNBUFFERED", "PYTHONWARNINGS")
MARK = "FENCEPROOF_PAGE"  # environment variable by which a page's processes are known


def kill_marked(**marks: str) -> None:
    """Kill every process whose environment has these values."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and marks.items() <= process.environ().items():
                process.kill()


class Session:
    """What the blocks of one page share while it runs."""

    def __init__(self, page: Page, update: bool = False) -> None:
        self.page = page
        self.update = update
        self.module = types.ModuleType("__main__")  # a real module: pickle, inspect, type hints
        self.namespace = self.module.__dict__
        self.failed: Block | None = None  # the first that went wrong; what follows cannot run
        self.skipped: dict[Block | None, str] = {}
        self.values: dict[Claim, list[tuple[str, str]]] = {}  # operands of the claims that held
        self.conflict = ""  # another page wants the same port
        self.stdout = ""
        self.error = ""  # text of the exception that an Error fence announced
        self.warned: list[str] = []
        # for `mutate`: blocks that run with another program than the page's
        self.changes: dict[Block, Callable[[ast.Module], None]] = {}
        self.edits: list[tuple[Path, int, int, list[str], str]] = []  # for --update
        self._started = False
        self._cleanup = contextlib.ExitStack()

    def start(self) -> None:
        """Make the work folder and turn this process into a fresh interpreter,
        as far as a page can tell.

        Raises:
            Mismatch: a port of the page is in use, or another page wants it.
        """
        if self._started:
            return
        if self.conflict:
            raise Mismatch(self.conflict)
        for port, block in ports(self.page).items():
            if not is_free(port):
                raise Mismatch(f"{block.where}: port {port} is in use on this machine")
        self._started = True
        self.mark = uuid.uuid4().hex
        self._signal_stack = signals.alternate_stack()
        base = Path(
            self._cleanup.enter_context(
                tempfile.TemporaryDirectory(prefix="page-", ignore_cleanup_errors=True)
            )
        )
        # the page's folder, and the engine's own files, which the page must not see
        self.folder, self.private = base / "work", base / "private"
        self.folder.mkdir()
        self.private.mkdir()
        self.page.copy_to(self.folder)
        environ, path, argv, cwd, modules = (
            dict(os.environ),
            sys.path[:],
            sys.argv[:],
            os.getcwd(),
            set(sys.modules),
        )

        def restore() -> None:
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(environ)
            # a package that extends the path when it is first imported stays imported
            packages = sysconfig.get_path("purelib")
            added = [p for p in sys.path if p not in path and p.startswith(packages)]
            sys.path[:], sys.argv[:] = [*path, *added], argv
            # server.py of this page is not that of the next
            for name in set(sys.modules) - modules:
                if str(getattr(sys.modules[name], "__file__", None)).startswith(str(self.folder)):
                    del sys.modules[name]

        self._cleanup.callback(restore)
        workers = int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        allowed = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        )
        threads = max(1, (allowed or 1) // workers)
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        os.environ |= self.page.project.hooks.variables(self.page.project.root)
        for name in UNUSUAL:
            os.environ.pop(name, None)
        os.environ |= {MARK: self.mark, "PYTHONDONTWRITEBYTECODE": "1"}
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
        os.chdir(self.folder)
        sys.path.insert(0, str(self.folder))
        sys.argv[:] = ["page.py"]
        random.seed()
        self.page.project.hooks.reset(self.page.requires, threads)
        self.runner = self._cleanup.enter_context(asyncio.Runner())
        self.shell = Shell(self.folder, self.private)

    def build(self, command: str, block: Block) -> Result:
        """Run a command on the used files alone, or take over what another page of this run
        has made of the same.

        Args:
            command: the first of the block.
            block: the console fence with `build`.

        Raises:
            Mismatch: see `builds.build`.
        """
        return builds.build(command, block, self.shell)

    def helpers_of_claims(self) -> dict[str, Any]:
        """What claims may call besides the names of the page."""

        def load_json(file: str) -> Any:
            """A JSON file of the work folder."""
            return json.loads((self.folder / file).read_text(encoding="utf-8"))

        return {
            "results": results_of(self.page.project),
            "output": self.stdout,
            "load_json": load_json,
        }

    def finish(self) -> None:
        """End everything that the page started and remove its folder.

        Raises:
            Mismatch: a process escaped the page's shell, or did not end.
        """
        if not self._started:
            return
        self._started = False
        self.shell.close()
        until = time.monotonic() + patience(GRACE_S)  # what has been told to end may need a moment
        while time.monotonic() < until and any(
            self._is_ours(process) for process in psutil.process_iter()
        ):
            time.sleep(0.2)
        names = []
        for process in psutil.process_iter():
            if command := self._is_ours(process):
                names.append(command)
                with contextlib.suppress(psutil.Error):
                    process.kill()
        self._cleanup.close()
        # What the page holds in memory ends with it: models, and operators that it registered
        for name in [name for name in self.namespace if not name.startswith("__")]:
            del self.namespace[name]
        signals.use(self._signal_stack)
        if names:
            blocks = [
                b for b in self.page.blocks if b.kind in ("console", "bash", "python", "script")
            ]
            where = blocks[-1].where if blocks else self.page.path
            raise Mismatch(
                f"{where}: the page leaves a process running, which was killed: {'; '.join(names)}"
            )

    def _is_ours(self, process: psutil.Process) -> str:
        """The command line of a process that this page left behind, or nothing."""
        try:
            if process.pid == os.getpid():
                return ""
            if process.ppid() == os.getpid() and process.environ().get(MARK) != self.mark:
                time.sleep(0.05)  # between fork and exec it still carries our own environment
            if process.environ().get(MARK) != self.mark:
                return ""
            command = " ".join(process.cmdline())
        except (psutil.Error, OSError):
            return ""
        helpers = (*HELPERS, *self.page.project.settings.get("helpers", []))
        return "" if any(helper in command for helper in helpers) else command

    @contextlib.contextmanager
    def watch_warnings(self, block: Block) -> Any:
        """Collect the deprecation warnings of a block; unannounced ones fail it.

        Raises:
            Mismatch: a warning that no Warning fence announces and the project does not allow.
        """
        self.warned = []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield
            finally:
                self._sort_warnings(caught)
        if self.warned and "warning" not in block.expects:
            raise Mismatch(
                f"{block.where}: a block that teaches current usage sets off:\n"
                + "\n".join(self.warned)
            )

    def _sort_warnings(self, caught: list[warnings.WarningMessage]) -> None:
        for warning in caught:
            text = str(warning.message)
            deprecations = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
            if not issubclass(warning.category, deprecations) and "deprecated" not in text.lower():
                continue
            allowed = self.page.project.allowed_warnings
            by = next(
                (entry.message for entry in allowed if re.match(entry.message, text, re.DOTALL)),
                None,
            )
            message = f"{warning.category.__name__}: {text}"
            if by is not None:
                FIRED[by] += 1
            elif message not in self.warned:
                self.warned.append(message)

    def suggest_edit(self, old: list[Line], got: str, block: Block | None = None) -> bool:
        """With --update: note that `got` should replace these lines.
        False if that is not asked for or not possible.

        Args:
            old: the lines to replace; empty if the fence has none.
            got: what was printed.
            block: the fence, needed where it has no lines.
        """
        if not self.update or not (old or block):
            return False
        path, first = (old[0] if old else block.opening).origins[-1]  # type: ignore[union-attr]
        last = first + len(old) - 1 if old else first
        if any(line.origins[-1] != (path, first + n) for n, line in enumerate(old)):
            return False  # scattered over several files: the author has to look
        new = got.strip("\n").split("\n")
        self.edits.append(
            (path, first if old else first + 1, last, new, str(old[0]) if old else "")
        )
        return True

    def save_edits(self) -> None:
        """Write what --update noted, each file once, through a temporary file."""
        for path in {edit[0] for edit in self.edits}:
            lines = path.read_text(encoding="utf-8").split("\n")
            for _, first, last, new, text in sorted(
                (e for e in self.edits if e[0] == path), key=lambda e: -e[1]
            ):
                line = lines[min(first, last) - 1]
                # what stands before the text, which may begin with blanks of its own; or before
                # the opening fence
                indent = line.removesuffix(text) if text else re.match(r"[> \t]*", line)[0]  # type: ignore[index]
                lines[first - 1 : last] = [f"{indent}{new_line}".rstrip() for new_line in new]
            replace(path, "\n".join(lines))
        self.edits.clear()
