"""The built site as files: what its pages promise, who may run scripts, what robots find."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from fenceproof import record
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from handbook.publish import cards, csp, llms, navigation, publish, search, stylesheet
from handbook.publish.verification import outcome_of
from tests.browser import addresses, assert_no_faults
from tests.conftest import ADDRESSES

PROJECT = find_project(Path(__file__))


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, str]:
    return {
        name: (site / name / "index.html").read_text(encoding="utf-8") for name in addresses(site)
    }


def test_strict_build_links_and_figures(site: Path, pages: dict[str, str]) -> None:
    figures = dict(re.findall(r"<dt>([^<]+)</dt>\s*<dd>(\d+)</dd>", pages[""]))
    assert int(figures["blocks run"]) > 50
    faults = []
    for name, html in pages.items():
        faults += [
            f"{name}: {said}"
            for said in ("Not run yet", "Changed since", "--8&lt;--")
            if said in html
        ]
        for target in re.findall(r'href="([^"#?:]*downloads/[^"#?]+|index\.md)"', html):
            if not (site / name / target).resolve().is_file():
                faults.append(f"{name}: no {target}")
    assert_no_faults(faults)


def test_each_page_says_what_it_is(pages: dict[str, str]) -> None:
    faults: list[str] = []
    seen: dict[str, str] = {}
    for name, html in pages.items():
        title, about = (
            re.search(r"<title>(.+?)</title>", html),
            re.search(r'<meta name="description" content="([^"]+)"', html),
        )
        if html.count("<h1") != 1 or not title or not about:
            faults.append(
                f"{name}: {html.count('<h1')} h1, title {bool(title)}, description {bool(about)}"
            )
        elif previous := seen.get(about[1]):
            faults.append(f"{name}: the description of {previous}")
        else:
            seen[about[1]] = name
        if f'<link rel="canonical" href="{ADDRESSES["SITE_URL"]}{name}">' not in html:
            faults.append(f"{name}: no canonical address")
        if f"{ADDRESSES['REPO_URL']}/issues/new?" not in html:
            faults.append(f"{name}: no link to report a mistake")
    assert_no_faults(faults)


def test_only_the_sites_own_scripts_run(site: Path) -> None:
    faults = []
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        said = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', html)
        if not said or html.index(said[0]) > html.find("<script"):
            faults.append(f"{path}: no policy before the first script")
            continue
        allowed = re.search(r"script-src ([^;]+)", said[1])
        assert allowed
        if allowed[1].split() != [
            "'self'",
            "'wasm-unsafe-eval'",
            *csp.script_hashes(html),
        ] or "http" in said[1].replace("http-equiv", ""):
            faults.append(f"{path}: {allowed[1]}")
        handlers = re.findall(
            r"<[^>]+\son\w+=", re.sub(r"<(script|pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
        )
        remote = re.findall(
            (
                r'<(?:script|img|iframe|source|video|link(?! rel="canonical"))\b[^>]+'
                r'(?:src|href)="(?:https?:)?//[^"]+"'
            ),
            html,
        )
        faults += [f"{path}: {fault}" for fault in (*handlers, *remote)]
    assert_no_faults(faults)


def test_robots_find_every_page(site: Path, pages: dict[str, str]) -> None:
    base = ADDRESSES["SITE_URL"]
    listed = {e.text for e in ET.parse(site / "sitemap.xml").iter() if e.tag.endswith("loc")}
    assert listed == {base + name for name in pages}
    assert f"Sitemap: {base}sitemap.xml" in (site / "robots.txt").read_text()
    said = (site / "llms.txt").read_text()
    assert said.startswith("# Deploying PyTorch\n\n> ")
    files = re.findall(rf"\]\({re.escape(base)}([^)]+)\)", said)
    # the two that the navigation leaves out: the list of all blocks, and how it is checked
    assert len(files) >= len(pages) - 2
    missing = [name for name in files if not (site / name).is_file()]
    assert not missing


def test_pages_as_markdown_hold_their_includes(site: Path) -> None:
    for path in site.rglob("index.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("#") and "<!-- test:" not in text, path
        assert not re.search(r'^\s*--8<-- "', text, re.MULTILINE), path


def test_every_claim_has_its_mark_and_what_it_opens(pages: dict[str, str]) -> None:
    total = 0
    for path in PROJECT.pages():
        page = parse_page(path, PROJECT)
        html = pages[page.location]
        marks = re.findall(r'class="claim claim--(\w+)" popovertarget="(claim-\d+)"', html)
        assert {state for state, _ in marks} <= {"held", "skipped"}, page.name
        assert all(f'<div popover id="{name}"' in html for _, name in marks), page.name
        assert bool(marks) == bool(page.claims) and "<!-- claim" not in html, page.name
        total += len(marks)
    assert total > 40


def test_every_block_has_its_record_under_it_and_in_the_list(pages: dict[str, str]) -> None:
    total = 0
    for path in PROJECT.pages():
        page = parse_page(path, PROJECT)
        shown = [b for b in page.blocks if b.kind not in ("text", "mermaid")]
        html = pages[page.location]
        assert (
            html.count('<details class="verified')
            == html.count('<table class="evidence">')
            == len(shown)
        ), page.name
        entries = record.load(page)
        first = record.baseline(entries, PROJECT)
        for entry in entries.values():
            if not record.is_valid(entry, page):
                continue
            baseline = entry is first
            outcomes = [outcome_of(b) for b in entry["blocks"]]
            usual = [outcome_of(b) for b in first["blocks"]] if first else outcomes
            if baseline:
                total += sum(b["outcome"] != "shown" for b in entry["blocks"])
            elif outcomes != usual:
                total += sum(
                    said not in ("shown", there)
                    for said, there in zip(outcomes, usual, strict=True)
                )
            if baseline or outcomes != usual:
                total += len(entry.get("claims", []))
    items = re.findall(r"<li data-o=\w+(?: data-n=(\d+))?>", pages["verification/"])
    assert sum(int(number or 1) for number in items) == total


def test_policy_names_each_inline_script() -> None:
    page = (
        '<meta charset="utf-8"><script src="a.js"></script><script>one()</script>'
        '<script type="application/json">{}</script>'
    )
    assert len(csp.script_hashes(page)) == 1
    assert "script-src 'self' 'wasm-unsafe-eval' 'sha256-" in csp.protect(page)


def test_rules_that_cannot_match_are_dropped() -> None:
    css = """
    :root { --used: url("data:image/svg+xml,<a>(};)</a>"); --spare: 1px }
    .here, .gone { color: red } .here .gone { color: blue }
    .here:not(.gone) { background: var(--used) } [dir=rtl] .here { color: red }
    @media print { .gone { color: red } .here { color: black } }
    @keyframes turn { to { opacity: 0 } }
    """
    rules = stylesheet.drop_unused_rules(stylesheet.parse_css(css), {"here"})
    assert stylesheet.write_css(stylesheet.drop_unused_properties(rules, "")) == (
        ':root{--used:url("data:image/svg+xml,<a>(};)</a>")}.here{color:red}.here:not(.gone){background:var(--used)}'
        "@media print{.here{color:black}}"
    )


@pytest.mark.parametrize(
    ("css", "short"),
    [
        ("a > b , c:hover { margin: 0  auto ; }", "a > b,c:hover{margin:0 auto}"),
        ("a { width: calc( 1px + 2px ) !important }", "a{width:calc(1px + 2px)!important}"),
        ('a::before { content: "; } /* no */ " } /* yes */', 'a::before{content:"; } /* no */ "}'),
        ("@charset 'utf-8'; @import url(x.css); a { }", "@import url(x.css);a{}"),
        ("a { color: red; &:hover { color: blue } }", "a{color:red;&:hover{color:blue}}"),
        ("a { -webkit-user-select: none; user-select: none }", "a{user-select:none}"),
        ("a { -webkit-user-select: all; user-select: none }", None),
        ("@media (min-width: 1px) and (hover) { a { top: 0 } }", None),
    ],
)
def test_a_stylesheet_says_the_same_in_fewer_bytes(css: str, short: str | None) -> None:
    minified = stylesheet.minify_css(css)
    assert minified == short if short else len(minified) < len(css)
    assert stylesheet.minify_css(minified) == minified


def test_what_is_no_stylesheet_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        stylesheet.parse_css("a { top: 0 }\n}")


def test_publish_finishes_a_folder_that_any_builder_filled(tmp_path: Path) -> None:
    """Pages, styles and scripts of nobody in particular; no builder runs here."""
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nnav: [a.md]\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("---\ntitle: A\ndescription: D.\n---\n\n# A\n")
    site = tmp_path / "out"
    (site / "a").mkdir(parents=True)
    for folder in ("css", "js", "stylesheets"):
        (site / "assets" / folder).mkdir(parents=True)
    (site / "assets/stylesheets/main.css").write_text(".here { top: 0 }\n.gone { top: 1px }\n")
    (site / "assets/css/site.css").write_text("/* ours */ .here { left: 0 }\n")
    (site / "assets/js/a.js").write_text("// said\n  run();\n")
    page = (
        '<meta charset="utf-8">\n<link rel="stylesheet" href="../assets/stylesheets/main.css">\n'
        '<link rel="stylesheet" href="../assets/css/site.css">\n    <h1 class="here">A</h1>\n'
        '<script>\n  // said\n  go();\n</script><pre><code><span class="n">x</span>'
        '<span class="k">  if</span></code></pre>'
    )
    (site / "a/index.html").write_text(page)
    publish(site, find_project(tmp_path))
    html = (site / "a/index.html").read_text()
    (sheet,) = site.glob("assets/css/*.css")
    assert sheet.read_text() == ".here{top:0}.here{left:0}"
    assert f'href="../assets/css/{sheet.name}"' in html and html.count("stylesheet") == 1
    assert not list(site.glob("assets/stylesheets/*"))
    assert "<script>go();</script>" in html and csp.script_hashes(html)[0] in html
    assert '<code>x<span class="k">  if</span></code>' in html
    assert (site / "assets/js/a.js").read_text() == "run();\n"
    assert (site / "a/index.md").read_text() == "# A\n"
    assert "- [A](a/index.md): D." in (site / "llms.txt").read_text()


def test_an_entry_lists_its_own_stage_only() -> None:
    def section(number: int, title: str, page: str, active: bool = False) -> str:
        kind = "md-nav__item--active " if active else ""
        return (
            f'<li class="md-nav__item {kind}md-nav__item--section md-nav__item--nested">'
            f'<label><span class="md-ellipsis">\n{title}\n</span></label>'
            f'<nav data-md-level="2"><ul><li class="md-nav__item"><a href="../{page}/">{number}</a>'
            "</li></ul></nav></li>"
        )

    here = section(1, "Serving", "slow", active=True)
    other = section(2, "Quantizing &amp; more", "int8")
    unknown = section(3, "Without a heading", "odd")
    home = '<h2 id="serving">Serving</h2><h2 id="quantizing">Quantizing &amp; more<a></a></h2>'
    pages = {"faq/": home + other, "faq/slow/": here + other + unknown, "tools/x/": other}
    folded = navigation.fold_stages(pages)
    assert folded["faq/slow/"].startswith(here) and folded["faq/slow/"].endswith(unknown)
    assert 'href="../#quantizing"' in folded["faq/slow/"] and "int8" not in folded["faq/slow/"]
    assert 'href="./#quantizing"' in folded["faq/"] and "int8" not in folded["faq/"]
    assert folded["tools/x/"] == other


def test_an_entry_lists_its_neighbors_in_its_stage() -> None:
    def entry(name: str) -> str:
        return (
            f'<li class="md-nav__item">\n<a href="../{name}/" class="md-nav__link">\n{name}\n</a>'
            "\n</li>\n"
        )

    current = (
        '<li class="md-nav__item md-nav__item--active"><a href="./">e</a>'
        '<ul><li class="md-nav__item"><a href="#x" class="md-nav__link">x</a></li></ul></li>\n'
    )
    listed = "".join(entry(name) for name in "abcd") + current
    listed += "".join(entry(name) for name in "fghi")
    page = (
        '<li class="md-nav__item md-nav__item--active md-nav__item--section '
        'md-nav__item--nested"><label><span class="md-ellipsis">\nServing\n</span></label>'
        f'<nav data-md-level="2"><ul>{listed}</ul></nav></li>'
    )
    pages = {"faq/": '<h2 id="serving">Serving</h2>', "faq/e/": page}
    folded = navigation.fold_stages(pages)["faq/e/"]
    assert re.findall(r'href="../(\w)/"', folded) == list("cdfg")
    assert 'href="../#serving"' in folded and "All 9 of this stage" in folded
    assert current in folded, "with its table of contents"


def test_cards_are_drawn_where_the_site_knows_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nsite_url: https://x.example\n")
    page = tmp_path / "site/a/index.html"
    pages = {page: "<head></head><h1>A title</h1>"}
    project = find_project(tmp_path)
    monkeypatch.setenv("CARDS", "0")
    assert cards.add_social_cards(tmp_path / "site", pages, project) == pages
    monkeypatch.setenv("CARDS", "1")
    drawn = cards.add_social_cards(tmp_path / "site", pages, project)
    assert 'content="https://x.example/assets/cards/a.png"' in drawn[page]
    assert (tmp_path / "site/assets/cards/a.png").read_bytes().startswith(b"\x89PNG")


def test_an_index_keeps_what_people_search_for() -> None:
    code = (
        "<pre><code>from torch.export import draft_export\nbatch = 1\nsession.run(None, x)\n"
        "$ serve --shm-size 1g</code></pre>"
    )
    error = "<pre><code>RuntimeError: mat1 and mat2 shapes cannot be multiplied</code></pre>"
    docs = [
        {
            "location": "a/",
            "title": "A page",
            "text": f"<p>{'Words of prose. ' * 20}Rare thing.</p>{code}{error}",
        }
    ]
    section = search.slim({"config": {}, "docs": docs})["docs"][0]
    text = section["text"]
    for word in ("draft_export", "shm", "Rare"):
        assert word in text, word
    assert section["tags"] == ["RuntimeError mat1 mat2 shapes multiplied"], (
        "what it says went wrong"
    )
    assert text.count("prose") < 8
    shown, _, further = text.removesuffix("</samp>").partition("</p><samp>")
    assert shown.endswith("Words of …") and "draft_export" in further
    small = search.slim({"config": {}, "docs": docs * 200}, limit=2000)
    assert len(search.dump_json(small)) < len(search.dump_json({"config": {}, "docs": docs * 200}))
    with pytest.raises(ValueError, match="over 100 bytes with titles"):
        search.slim({"config": {}, "docs": docs * 200}, limit=100)


def test_an_index_keeps_the_words_of_a_page_with_the_page() -> None:
    docs = [
        {"location": "a/b/", "title": "Export", "text": "<p>Fixed sizes.</p>"},
        {"location": "a/b/#x", "title": "Batch **", "text": "<p>A sentence of a section.</p>"},
        {"location": "faq/c/", "title": "No 8*s", "text": ""},
        {"location": "faq/c/#why", "title": "Why it happens", "text": "<p>Guard failed.</p>"},
        {"location": "faq/", "title": "All entries", "text": ""},
    ]
    known = {"a/b/": {"description": "Vary the batch.", "aliases": ["dynamic shapes"]}}
    slim = search.slim({"config": {}, "docs": docs}, known=known)
    page, section, entry, listing = slim["docs"]
    assert page["tags"] == ["dynamic shapes", "Vary the batch."]
    assert "sentence" in page["text"] and "<samp>" not in section["text"]
    assert section["title"] == "Batch  " and entry["title"] == "No 8 s", "a star is any word"
    assert "Guard" in entry["text"], "an entry is found as a whole"
    assert listing["boost"] < 1, "what lists entries comes after them"


def test_lunr_does_not_mix_up_words_with_digits(site: Path) -> None:
    worker = next(site.glob("assets/javascripts/workers/search*.js")).read_text(encoding="utf-8")
    assert len(re.findall(r'\.id\+","\}', worker)) == 1


def test_markdown_of_a_page(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "a.py").write_text("# --8<-- [start:s]\nprint(1)\n# --8<-- [end:s]\n")
    page = tmp_path / "docs" / "a.md"
    page.write_text(
        '---\ntitle: A\n---\n\n# A\n\n<!-- test: exit=0 -->\n```python\n--8<-- "a.py:s"\n```\n'
    )
    assert (
        llms.page_markdown(parse_page(page, find_project(page)))
        == "# A\n\n```python\nprint(1)\n```\n"
    )


def test_old_addresses_lead_to_the_page(site: Path) -> None:
    moved = {
        old: page
        for name in PROJECT.navigation
        if name.endswith(".md")
        for page in [parse_page(PROJECT.docs / name, PROJECT)]
        for old in page.meta.get("moved_from", [])
    }
    assert moved
    for old, page in moved.items():
        html = (site / old / "index.html").read_text(encoding="utf-8")
        (target,) = set(re.findall(r'(?:url=|replace\("|<a href=")([^"]+)"', html))
        title = str(page.meta["title"])
        assert f"<title>{title}" in (site / old / target / "index.html").read_text(encoding="utf-8")
