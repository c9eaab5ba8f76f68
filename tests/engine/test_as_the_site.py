"""The reader finds the fences that Python-Markdown and superfences show, whatever holds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fenceproof.project import find_project
from tests.modules import load_module

ROOT = find_project(Path(__file__)).root
other_pages: Any = load_module(ROOT / "scripts/other_pages.py")

INCLUDED = {
    "whole.py": "import json\n\nx = 1\n",
    "parts.py": "# --8<-- [start:one]\ndef f():\n    return 1\n# --8<-- [end:one]\n",
    "fenced.md": "```yaml\na: 1\n```\n",
    "text.md": "A paragraph.\n",
}
LINES = st.sampled_from(
    [
        "x = 1",
        "    y = 2",
        "",
        "  ",
        "\tz = 3",
        "```",
        "~~~",
        "    ```",
        "````",
        "> quoted",
        "- item",
        "# comment",
        '=== "Tab"',
        "<!-- a comment -->",
        "print(f'`{x}`')  # (1)!",
        "</div>",
        "&amp; *a* <b>",
        '--8<-- "whole.py"',
        '--8<-- "parts.py:one"',
    ]
)
INFOS = st.sampled_from(
    [
        "",
        "python",
        " python",
        "python  ",
        'python title="a.py"',
        'text title="`x` b"',
        'python title="a b.py" hl_lines="1 2-3"',
        "{ .python .annotate }",
        '{ .python title="a.py" }',
        'python { title="a.py" }',
        ' title="only"',
        "c++",
        ".sh",
    ]
)
MARKDOWN = st.sampled_from(
    [
        "A paragraph.",
        "Two lines\nof text.",
        "```code``` in a line",
        "`` ` `` and ```` ``` ````",
        "## Heading",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "    indented code",
        "<!-- a comment -->",
        "<!--\nseveral\nlines\n-->",
        "Term\n:   meaning",
        '--8<-- "text.md"',
        '--8<-- "fenced.md"',
        "---",
    ]
)


def indent(blanks: str, text: str) -> str:
    """The text with this before each line that is not empty."""
    return "\n".join(f"{blanks}{line}" if line else line for line in text.split("\n"))


@st.composite
def fences(draw: st.DrawFn) -> str:
    """A fence whose body does not close it."""
    fence = draw(st.sampled_from(["```", "````", "~~~", "~~~~~"]))
    body = [line for line in draw(st.lists(LINES, max_size=4)) if line.rstrip() != fence]
    return "\n".join([fence + draw(INFOS), *body, fence])


def within(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """What may hold other parts of a page."""
    inner = st.lists(parts, min_size=1, max_size=3).map("\n\n".join)

    def held(opening: str, margin: str) -> st.SearchStrategy[str]:
        return inner.map(lambda text: f"{opening}\n\n{indent(margin, text)}")

    return st.one_of(
        held("- an item", "    "),
        held("1.  an item", "    "),
        held("* an item", "\t"),
        inner.map(lambda text: "\n".join(f"> {line}" for line in text.split("\n"))),
        inner.map(lambda text: "\n".join(f"> {line}".rstrip() for line in text.split("\n"))),
        held("!!! note", "    "),
        held('??? tip "Open"', "    "),
        held('=== "One"', "    "),
        inner.map(lambda text: f"<div markdown>\n\n{text}\n\n</div>"),
    )


PAGES = st.lists(
    st.recursive(st.one_of(fences(), MARKDOWN), within, max_leaves=5), min_size=1, max_size=4
).map(lambda parts: "\n\n".join(["# Title", *parts]) + "\n")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A page with a few of its lines lost, repeated, or indented otherwise."""
    lines = draw(PAGES).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        change: Callable[[str], list[str]] = draw(
            st.sampled_from(
                [
                    lambda line: [],
                    lambda line: [line, line],
                    lambda line: [" " + line],
                    lambda line: ["    " + line],
                    lambda line: ["\t" + line],
                    lambda line: [line[1:]],
                    lambda line: [line.lstrip()],
                    lambda line: ["> " + line],
                    lambda line: [">" + line],
                    lambda line: [line + " "],
                    lambda line: [line, "```"],
                    lambda line: ["<!--", line],
                    lambda line: [line, "-->"],
                ]
            )
        )
        lines[at : at + 1] = change(lines[at])
    return "\n".join(lines)


@pytest.fixture(scope="module")
def comparer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Compares pages whose includes are there."""
    folder = tmp_path_factory.mktemp("as-the-site")
    for name, text in INCLUDED.items():
        (folder / name).write_text(text, encoding="utf-8")
    return other_pages.Comparer(folder, includes=True)


QUICK = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
THOROUGH = settings(QUICK, max_examples=20_000, derandomize=False)


def check(comparer: Any, text: str) -> None:
    """The reader and the site have the same fences, or the reader refuses the page."""
    result = comparer.compare(text)
    assert not result.missed and not result.invented, (result, text)


@QUICK
@given(text=PAGES)
def test_any_nesting_is_read_as_the_site_shows_it(comparer: Any, text: str) -> None:
    check(comparer, text)


@QUICK
@given(text=damaged())
def test_a_damaged_page_is_read_as_the_site_shows_it_or_refused(comparer: Any, text: str) -> None:
    check(comparer, text)


@pytest.mark.slow
@THOROUGH
@given(text=st.one_of(PAGES, damaged()))
def test_many_pages_are_read_as_the_site_shows_them(comparer: Any, text: str) -> None:
    check(comparer, text)


@pytest.mark.slow
@pytest.mark.parametrize("project", other_pages.PROJECTS)
def test_pages_of_other_projects_are_read_as_their_sites_show_them(
    project: str, tmp_path: Path
) -> None:
    try:
        archive = other_pages.fetch(project)
    except OSError as error:
        pytest.skip(str(error))
    comparer, agreed = other_pages.Comparer(tmp_path), 0
    for name, text in other_pages.pages_of(archive):
        result = comparer.compare(text)
        assert not result.missed and not result.invented and not result.refused, (name, result)
        agreed += result.agreed
    assert agreed > 50, f"{project}: {agreed} fences; is its documentation still in the archive?"
