"""The check of links: what it collects, and what the page says of the result."""

from __future__ import annotations

from pathlib import Path

from fenceproof.project import find_project
from tests.modules import load_module

links = load_module(find_project(Path(__file__)).root / "scripts/links.py")
LINKS = {"https://example.org/a": ["a.md"], "https://example.org/a_(b)": ["a.md"]}


def line(**checked: str) -> str:
    """What stands on the page, given the status of each address."""
    return str(links.line({"links": LINKS, "checked": checked, "date": "2026-11-25"}))


def test_addresses_are_collected_without_fragments_and_code(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "[x](https://example.org/a#part) and [y](https://example.org/a_(b)) and `https://not.a.link`"
    )
    assert links.find_links(tmp_path) == LINKS


def test_link_is_not_called_dead_where_the_network_is_closed() -> None:
    assert "not been checked yet" in line()


def test_dead_link_is_named_with_its_page() -> None:
    text = line(**{"https://example.org/a": "404", "https://example.org/a_(b)": "200"})
    assert "1 did not answer" in text
    assert "linked on a.md" in text
