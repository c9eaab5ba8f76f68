"""Formulas and diagrams: made once, kept, and refused with their source."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from markdown import Extension, Markdown

from fenceproof.project import find_project
from handbook.typeset import __main__ as typeset_command
from handbook.typeset import diagrams
from handbook.typeset.__main__ import update
from handbook.typeset.cache import Cache, TypesetError, key
from handbook.typeset.diagrams import Diagrams
from handbook.typeset.maths import HERE, TEMML, Formula, Formulas, MathsExtension, find, typeset

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
SCALE = Formula(r"s = \frac{\beta - \alpha}{2^b - 1}", display=True)


def pretend(formulas: Sequence[Formula]) -> list[str]:
    """Stand in for Temml."""
    return [f"<math>{formula.tex}</math>" for formula in formulas]


def refuse(sources: Sequence[object]) -> list[str]:
    """Stand in for a tool that must not be asked."""
    raise AssertionError(f"asked for {sources}")


def convert(text: str, formulas: Formulas) -> str:
    """Render Markdown as the site does."""
    options = {"pymdownx.arithmatex": {"generic": True}}
    extensions: list[str | Extension] = ["pymdownx.arithmatex", MathsExtension(formulas)]
    return Markdown(extensions=extensions, extension_configs=options).convert(text)


def test_formulas_in_the_line_and_on_their_own(tmp_path: Path) -> None:
    formulas = Formulas(tmp_path / "formulas.json", pretend)
    page = convert("with $a < b$ it is\n\n$$\nc \\& d\n$$\n", formulas)
    assert '<span class="formula"><math>a < b</math></span>' in page
    assert '<div class="formula"><math>c \\& d</math></div>' in page


def test_code_is_left_alone(tmp_path: Path) -> None:
    formulas = Formulas(tmp_path / "formulas.json", refuse)
    assert convert("`$a$` costs \\$5, or $ 5", formulas).count("$") == 4


def test_a_known_formula_needs_no_tool_and_no_writing(tmp_path: Path) -> None:
    path = tmp_path / "formulas.json"
    mathml = Formulas(path, pretend).mathml([SCALE])
    path.chmod(0o444)
    before = path.stat()
    assert Formulas(path, refuse).mathml([SCALE, SCALE]) == mathml
    assert path.stat() == before


def test_the_file_does_not_depend_on_the_order_of_pages(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    parts = [Formula(tex, display=False) for tex in "abc"]
    Formulas(one, pretend).mathml(parts)
    for part in reversed(parts):
        Formulas(other, pretend).mathml([part])
    assert one.read_bytes() == other.read_bytes()


def test_builds_side_by_side_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "formulas.json"
    parts = [Formula(f"x_{n}", display=False) for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda part: Formulas(path, pretend).mathml([part]), parts))
    assert set(json.loads(path.read_text())["entries"]) == {p.key for p in parts}
    assert list(tmp_path.iterdir()) == [path]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "formulas.json"
    path.write_text("{")
    with pytest.raises(TypesetError, match=r"formulas\.json: not readable"):
        Formulas(path, refuse).mathml([SCALE])


def test_another_version_of_the_tool_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "cache.json"
    Cache(path, "Tool 1").add({"k": {"tex": "a"}})
    assert Cache(path, "Tool 1").entries() == {"k": {"tex": "a"}}
    assert Cache(path, "Tool 2").entries() == {}


def test_without_node_the_formula_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TypesetError, match=r"formula \$x\$ is not in .*formulas\.json"):
        convert("$x$", Formulas(tmp_path / "formulas.json"))


def test_the_pages_and_the_font_are_where_they_are_looked_for() -> None:
    assert len(find_project(Path(__file__)).pages()) > 200
    assert (typeset_command.ROOT / "docs/index.md").is_file() and diagrams.FONT.is_file()


@needs_node
def test_temml_writes_mathml_that_keeps_the_tex() -> None:
    (mathml,) = typeset([SCALE])
    assert mathml.startswith('<math display="block"')
    assert "<mfrac>" in mathml
    assert 'encoding="application/x-tex">s = \\frac' in mathml
    assert "data-search-exclude" in mathml


@needs_node
def test_a_tex_error_names_the_formula(tmp_path: Path) -> None:
    path = tmp_path / "formulas.json"
    with pytest.raises(TypesetError, match=r"TeX error in \$\\frac\{1\$"):
        convert(r"$\frac{1$", Formulas(path))
    assert not path.exists()


@needs_node
def test_a_strict_build_fails_on_a_tex_error(tmp_path: Path) -> None:
    page = r"""
=== "A tab"

    Text with $\nosuchmacro{x}$.
"""
    options = {"pymdownx.tabbed": {}, "pymdownx.arithmatex": {"generic": True}}
    extension = MathsExtension(Formulas(tmp_path / "formulas.json"))
    markdown = Markdown(extensions=[*options, extension], extension_configs=options)
    with pytest.raises(TypesetError, match="nosuchmacro"):
        markdown.convert(page)


def test_the_vendored_temml_is_the_one_named() -> None:
    version = TEMML.split()[1]
    assert f'const version = "{version}";' in (HERE / "vendor/temml.cjs").read_text("utf-8")


def test_a_fence_becomes_its_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = Diagrams(tmp_path / "diagrams.json", lambda s: ["<svg/>"] * len(s))
    monkeypatch.setattr(diagrams, "DIAGRAMS", drawings)
    shown = diagrams.fence("flowchart LR\n  A --> B\n", "mermaid", "", {}, None)
    assert shown == '<div class="diagram"><svg/></div>'


def test_a_new_diagram_without_mermaid_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagrams, "SCRIPT", tmp_path / "mermaid.min.js")
    with pytest.raises(TypesetError, match=r"flowchart LR / A --> B.*npm install"):
        Diagrams(tmp_path / "diagrams.json").svg(["flowchart LR\n  A --> B"])


def test_the_stylesheet_has_a_rule_for_each_room() -> None:
    css = (find_project(Path(__file__)).root / "docs/assets/css/site.css").read_text()
    for size in diagrams.ROOMS:
        rule = (
            f"@container (max-width: {size - 0.02:.2f}px) {{\n  .diagrams--{size} > .diagram--wide"
        )
        assert rule in css, size
    assert css.count("@container") == len(diagrams.ROOMS)
    assert diagrams.least_room('<svg style="min-width:706px">') == 730
    assert diagrams.least_room('<svg style="min-width:9999px">') == diagrams.ROOMS[-1]


def test_every_diagram_fits_a_phone() -> None:
    """The one that a narrow column shows: 328 pixels are left of 360."""
    drawings, wide = Diagrams(diagrams.HERE / "diagrams.json", refuse), []
    for page in sorted((find_project(Path(__file__)).root / "docs").rglob("*.md")):
        for source in diagrams.find(page.read_text("utf-8")):
            (svg,) = drawings.svg([source]).values()
            if other := diagrams.turn_upright(source.strip(), svg):
                svg = drawings.svg([other])[other]
            least = re.search(r"min-width:(\d+)px", svg)
            if not least or int(least[1]) > 328:
                wide.append(f"{page.name}: {least and least[0]}")
    assert not wide


def test_a_drawing_is_named_and_light() -> None:
    drawn = (
        '<svg id="m" viewBox="0 0 90.1234 40" aria-roledescription="flowchart-v2">'
        "<style>#m{fill:red}</style><title>t</title>"
        '<marker id="m_end"><path d="M0,0"></path></marker>'
        '<marker id="m_spare"><path d="M1,1"></path></marker>'
        '<g data-id="A"><path d="M1.2345,2" marker-end="url(#m_end)"></path>'
        "<text><tspan>torch 2.13.0</tspan></text><g></g></g></svg>"
    )
    named = diagrams.style_svg(drawn, "flowchart LR\n accTitle: From A to B\n A-->B")
    assert 'role="img"' in named and 'aria-label="From A to B"' in named
    assert 'd="M1.2,2"' in named and "torch 2.13.0" in named
    assert "m_end" in named
    for dropped in ("<style", "m_spare", "data-id", "<g></g>", "<title"):
        assert dropped not in named
    unnamed = diagrams.style_svg(drawn, "flowchart LR\n A-->B")
    assert 'aria-label="Diagram: torch 2.13.0"' in unnamed


def test_a_link_that_only_places_boxes_is_not_drawn() -> None:
    drawn = (
        '<svg viewBox="0 0 9 9"><path d="M1,1" class="edge-thickness-invisible x"></path>'
        '<path d="M2,2" class="edge-thickness-normal"></path><text>a</text></svg>'
    )
    named = diagrams.style_svg(drawn, "flowchart TB\n A ~~~ B")
    assert "M2,2" in named and "M1,1" not in named


def test_a_tag_that_would_be_shown_as_text_is_refused() -> None:
    drawn = '<svg viewBox="0 0 9 9"><text>&lt;b&gt; encoder, a &lt; b</text></svg>'
    with pytest.raises(TypesetError, match=r"'<b>', in 'flowchart LR / A\[<b>encoder</b>\]'"):
        diagrams.style_svg(drawn, "flowchart LR\n A[<b>encoder</b>]")
    assert "a &lt; b" in diagrams.style_svg(drawn.replace("&lt;b&gt;", ""), "flowchart LR")


def test_update_makes_what_is_missing_and_drops_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "---\ntitle: $no$\n---\n$x$ and `$y$`\n\n- $z$\n\n"
        "    ```mermaid\n    flowchart LR\n      A --> B\n    ```\n"
    )
    formulas = Formulas(tmp_path / "formulas.json", pretend)
    drawings = Diagrams(tmp_path / "diagrams.json", lambda s: ["<svg/>"] * len(s))
    formulas.mathml([SCALE])
    done = update([page], formulas, drawings)
    assert done == "2 formulas, 1 diagrams; 1 no longer used"
    assert {e["tex"] for e in formulas.cache.entries().values()} == {"$x$", "$z$"}
    assert set(drawings.cache.entries()) == {key("flowchart LR\n  A --> B")}


def test_find_gives_each_formula_once() -> None:
    page = r'<span class="arithmatex">\(a &amp; b\)</span>' * 2
    assert find(page) == [Formula("a & b", display=False)]


def test_a_formula_below_a_fence_with_a_tolerance_is_kept(tmp_path: Path) -> None:
    """`tolerance=` is weave's own option: superfences alone does not take the fence for one."""
    from handbook.typeset.__main__ import EXTENSIONS, _body

    text = (
        '---\ntitle: A\n---\n\n```text title="Output" tolerance="1: 0.1"\n$ 1\n```\n\n'
        "The rest is $P_k$.\n"
    )
    formulas = list(
        find(
            Markdown(extensions=list(EXTENSIONS), extension_configs=EXTENSIONS).convert(_body(text))
        )
    )
    assert [formula.tex for formula in formulas] == ["P_k"]
