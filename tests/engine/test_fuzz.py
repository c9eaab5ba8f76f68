"""Whatever a page or a record holds: no crash, no hang, and each complaint names a line."""

from __future__ import annotations

import dataclasses
import gc
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fenceproof import record
from fenceproof.evidence import Evidence
from fenceproof.integration.items import PageDocument, regions_of
from fenceproof.page import ports
from fenceproof.project import Project, find_project
from fenceproof.reader import parse_page, visible_lines
from tests.engine.small_handbook import MKDOCS

ROOT = find_project(Path(__file__)).root
MINUTES = 5.0  # of each slow test
PIECES = [
    *('```', '````', '~~~', '```python\n', '```text title="Output"\n', '`', '{', '}', '"', "'"),
    *('<!-- test: skip', '<!-- test: file -->\n', '<!-- claim: x > 1 -->\n', '-->', '<!--', '<!'),
    *('---\n', 'title: a\n', 'uses: [a]\n', 'uses: "\\0"\n', 'requires: [x]\n', ': ', '- ', '> '),
    *('--8<-- "a.py"\n', '--8<-- "a.py:one"\n', '--8<--\n', '--8<-- "docs/page.md"\n', ';--8<--'),
    *('{{ results("a", "b") | times }}', '{{', '}}', ' title="', ' hl_lines="2"'),
    *(' tolerance="1: ', '[' * 2000, '&a [*a, *a]', '!!python/name:os'),
    *('\n', '\n\n', '\r', '\t', '    ', '\x00', '\ufeff', '\u2028', '\x0c', '\x02', '\xa0', 'é'),
    *('=== "Tab"\n\n    ', '!!! note\n\n    ', '- item\n\n    ', '[x]: ', '(1)!', '| a | b |\n'),
    *('a' * 300, '../' * 90, '/etc/passwd', '9' * 5000),
    *('row="x"', 'at="end"', 'exit=x', 'timeout=', 'if="', 'reason=""', '\\', '\ud800'),
]  # fmt: skip
JSON_PIECES = [
    *('{', '}', '[', ']', ',', ':', '"', '""', 'null', 'true', '0', '-1', '1e999', 'NaN'),
    *('"outcome"', '"blocks"', '"claims"', '"skipped"', '"reason"', '"seconds"', '"values"'),
    *('9' * 5000, '[' * 50_000, '\x00', '"\\ud800"', '\ufeff', '1.5', '"2026-02-31"', '{}'),
]  # fmt: skip


def mutate(random_: random.Random, text: str, pieces: list[str], others: list[str]) -> bytes:
    """The text with a few parts lost, repeated, moved, changed, or with something put in."""
    for _ in range(random_.choice((1, 1, 2, 3, 8))):
        start = random_.randint(0, len(text))
        end = min(len(text), start + random_.choice((0, 1, 3, 20, 200)))
        part = text[start:end]
        new = random_.choice(
            [
                "",
                part + part,
                random_.choice(pieces),
                random_.choice(pieces) + part,
                part.upper(),
                part[::-1],
                random_.choice(others)[:300],
                part * 50,
            ]
        )
        text = text[:start] + new + text[end:]
    data = bytearray(text.encode("utf-8", errors="surrogatepass"))
    if data and random_.random() < 0.1:
        data[random_.randrange(len(data))] = random_.randrange(256)
    if random_.random() < 0.1:
        del data[random_.randint(0, len(data)) :]
    return bytes(data)


def read(path: Path, project: Project) -> None:
    """Read a page as the run and the site do; each problem has a line that exists."""
    page = parse_page(path, project)
    for problem in page.problems:
        assert problem.message
        lines = problem.path.read_bytes().count(b"\n") + problem.path.read_bytes().count(b"\r") + 1
        assert 1 <= problem.line <= lines, problem
    _ = page.hash, ports(page), visible_lines(page, expand=False)
    for block in page.blocks:
        _ = block.copied, block.where, block.source, block.kind
        if not page.problems:
            _ = block.tolerance
    document = PageDocument("\n".join(page.lines) + "\n", str(path))
    document.page = page
    assert bool(list(regions_of(document))) >= bool(page.problems)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose page is docs/page.md."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "records").mkdir()
    (tmp_path / "mkdocs.yml").write_text(MKDOCS)
    (tmp_path / "a.py").write_text("# --8<-- [start:one]\nx = 1\n# --8<-- [end:one]\n")
    return Project(tmp_path)


@pytest.fixture(scope="module")
def pages() -> list[str]:
    """The texts of the handbook's pages."""
    return [path.read_text(encoding="utf-8") for path in find_project(ROOT).pages()]


@pytest.fixture(scope="module")
def records() -> list[str]:
    """The texts of the handbook's records."""
    paths = sorted((ROOT / "records").rglob("*.json"))
    return [path.read_text(encoding="utf-8") for path in paths]


def rounds(request: pytest.FixtureRequest) -> Iterator[random.Random]:
    """A source of random numbers for each round: 150 of them, or as many as the minutes allow."""
    until = time.monotonic() + 60 * MINUTES if request.param else 0
    number = 0
    while number < 150 or time.monotonic() < until:
        yield random.Random(number)
        number += 1


EXTENT = pytest.mark.parametrize(
    "seeds", [False, pytest.param(True, marks=[pytest.mark.slow])], indirect=True
)


@pytest.fixture(name="seeds")
def _seeds(request: pytest.FixtureRequest) -> Iterator[random.Random]:
    return rounds(request)


@EXTENT
@pytest.mark.timeout(60 * MINUTES * 4)
def test_any_page_is_read_or_refused_with_a_line(
    seeds: Iterator[random.Random], project: Project, pages: list[str]
) -> None:
    path = project.docs / "page.md"
    for random_ in seeds:
        path.write_bytes(mutate(random_, random_.choice(pages), PIECES, pages))
        try:
            read(path, project)
        except Exception as error:
            error.add_note(f"{path.read_bytes()!r}")
            raise


@EXTENT
@pytest.mark.timeout(60 * MINUTES * 4)
def test_any_record_is_read_or_refused_with_a_line(
    seeds: Iterator[random.Random], project: Project, records: list[str]
) -> None:
    path = project.docs / "page.md"
    path.write_text("# A\n\n```python\nx = 1\n```\n")
    page = parse_page(path, project)
    file = record.path_of(page)
    for random_ in seeds:
        file.write_bytes(mutate(random_, random_.choice(records), JSON_PIECES, records))
        try:
            _read_record(page, file)
        except Exception as error:
            error.add_note(f"{file.read_bytes()!r}")
            raise


def _read_record(page: Any, file: Path) -> None:
    try:
        entries = record.load(page)
    except record.BadRecord as error:
        match = re.match(r"records/page\.json:(\d+): .+", str(error), re.DOTALL)
        assert match and 1 <= int(match[1]) <= file.read_bytes().count(b"\n") + 1, error
        return
    for entry in entries.values():
        entry["hash"] = page.hash  # as if the page were the recorded one
        entry["blocks"] = entry["blocks"][:1]
        entry.pop("claims", None)
    file.write_text(json.dumps({"format": 1, "environments": entries}))
    _ = record.is_current(page), record.seconds(page)
    evidence = Evidence(page)
    _ = evidence.complaint(), evidence.line(page.blocks[0]), evidence.table(page.blocks[0])


@dataclasses.dataclass(frozen=True)
class Growing:
    """A page that can be of any length."""

    name: str
    make: Callable[[int], str]


GROWING = [
    Growing("fences", lambda n: "```python\nx = 1\n```\n\n" * n),
    Growing("unclosed", lambda n: "```python\n" + "x = 1\n" * n),
    Growing("unclosed in lists", lambda n: "- item\n\n    ```python\n    x\n\ntext\n" * n),
    Growing("unreadable", lambda n: "```python =1\nx\n```\n" * n),
    Growing("unknown", lambda n: "```what\nx\n```\n" * n),
    Growing("comments", lambda n: "<!-- a\n" * n),
    Growing("comments before fences", lambda n: "<!-- a\n```python\n```\n" * n),
    Growing("directives", lambda n: "<!-- test: skip -->\n\n" * n),
    Growing("claims", lambda n: "```python\n```\n" + "<!-- claim: x > 0 -->\nText.\n\n" * n),
    Growing("claims together", lambda n: "```python\n```\n" + "<!-- claim: x > 0 -->\n" * n + "T"),
    Growing("blank lines", lambda n: "\n" * n),
    Growing("includes", lambda n: '--8<-- "a.py:one"\n' * n),
    Growing("missing includes", lambda n: '--8<-- "b.py"\n' * n),
    Growing("unclosed includes", lambda n: "--8<--\n" + "a.py\n" * n),
    Growing("front matter", lambda n: "---\n" + "".join(f"k{i}: 1\n" for i in range(n)) + "---\n"),
    Growing("open front matter", lambda n: "---\n" + "a: 1\n" * n),
    Growing("deep", lambda n: "> " * n + "```python\n"),
    Growing("options", lambda n: "```python " + 'a="b" ' * n + "!\n"),
    Growing("quotes", lambda n: "```python " + 'a="' * n + "\n```\n"),
    Growing("braces", lambda n: "```{ " + ".a " * n + "\n```\n"),
    Growing("attributes", lambda n: "```{ " + 'a="b ' * n + "}\n```\n"),
    Growing("backticks", lambda n: "```" + "` a " * n + "\n"),
    Growing("blanks", lambda n: "```" + " \t" * n + "x\n<!-- test:" + " " * n + "\n"),
    Growing("comment options", lambda n: "<!-- claim" + ' a="b"' * n + "\n"),
    Growing("numbers", lambda n: "{{ " * n + "` " * n + "\n"),
    Growing("prompts", lambda n: "```console\n" + "$ true\n> a\nout\n" * n + "```\n"),
]  # fmt: skip


def work(project: Project, text: str) -> tuple[int, float]:
    """Calls of functions, and seconds of the processor, that reading a page takes."""
    path = project.docs / "page.md"
    path.write_text(text)
    seconds = []
    gc.disable()  # it would look through all that pytest has loaded
    try:
        for _ in range(3):
            begun = time.process_time()
            read(path, project)
            seconds.append(time.process_time() - begun)
    finally:
        gc.enable()
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        read(path, project)
    finally:
        sys.setprofile(None)
    return calls, min(seconds)


@pytest.mark.parametrize("growing", GROWING, ids=lambda growing: growing.name)
def test_work_grows_with_the_page_and_no_faster(project: Project, growing: Growing) -> None:
    small, large = 100, 1600
    calls, seconds = work(project, growing.make(small))
    more_calls, more_seconds = work(project, growing.make(large))
    assert more_calls <= 1.25 * large / small * calls
    # of the processor, and far from what a square would take: 16 times as much again
    assert more_seconds <= 5 * large / small * max(seconds, 0.001)
