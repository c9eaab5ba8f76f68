"""The site's search without a browser: its scripts and its worker in node."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "site" / "search.cjs"


def node() -> str:
    """A node to run it in: the machine's, or the one that playwright brings; or a skip."""
    if found := shutil.which("node"):
        return found
    playwright = pytest.importorskip("playwright", reason="needs node")
    brought = Path(playwright.__file__).parent / "driver" / "node"
    if not brought.exists():
        pytest.skip("no node on this machine")
    return str(brought)


Ask = Callable[[str, bool], tuple[str, list[str]]]


@contextlib.contextmanager
def searching(site: Path) -> Iterator[Ask]:
    """A function that types (or pastes) a text into the search of a built site; it returns
    what then stands in the field, and the names of the pages found, best first.
    """
    with subprocess.Popen(
        [node(), str(SCRIPT), str(site)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdin
        assert running.stdout
        stdin, stdout = running.stdin, running.stdout

        def ask(text: str, pasted: bool) -> tuple[str, list[str]]:
            stdin.write(json.dumps({"text": text, "pasted": pasted}) + "\n")
            stdin.flush()
            answer = json.loads(stdout.readline())
            return answer["query"], answer["pages"]

        try:
            yield ask
        finally:
            stdin.close()
