"""The handbook itself: pages and programs agree, and the site is what its records say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from weave.page import Page, read_page
from weave.project import find_project

PROJECT = find_project(Path(__file__))
PAGES = [read_page(path, PROJECT) for path in PROJECT.pages()]
ASSETS = {".css", ".js", ".html", ".svg"}


def statements(text: str) -> set[str]:
    """Every simple statement of a program, as Python itself would write it; prints of caught errors apart."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and not docstring:
            found.add(ast.unparse(node))
    return found


def handlers(text: str) -> set[str]:
    """What stands in the `except` that a section which must raise is wrapped in."""
    tries = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Try)]
    return {ast.unparse(s) for t in tries for h in t.handlers for s in ast.walk(h) if isinstance(s, ast.stmt)}


@pytest.mark.parametrize("page", [p for p in PAGES if p.twin], ids=lambda p: p.name)
def test_a_page_shows_all_of_its_program(page: Page) -> None:
    assert page.twin
    shown: set[str] = set()
    for user in [page, *(p for p in PAGES if page.twin in p.bundles)]:  # a bundle is shown by its pages together
        for block in user.blocks:
            if block.lang == "python":
                shown |= statements(block.code)
    for path in [page.twin] if page.twin.is_file() else sorted(page.twin.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        hidden = statements(text) - shown - handlers(text)
        assert not hidden, f"{path.relative_to(PROJECT.root)} does what the page does not show: {sorted(hidden)[:5]}"


@pytest.mark.parametrize("page", [p for p in PAGES if p.blocks], ids=lambda p: p.name)
def test_front_matter_and_form(page: Page) -> None:
    assert page.meta.get("title") and page.meta.get("description"), "title and description"
    wide = [b.where for b in page.blocks if b.lang == "python" and any(len(line) > 80 for line in b.lines)]
    assert not wide, f"lines over 80 columns: {wide}"


def test_every_program_has_its_page() -> None:
    twins = {p.twin for p in PAGES}
    examples = PROJECT.root / "examples"
    lonely = [p for p in examples.rglob("*.py") if p not in twins and not any(t in p.parents for t in twins if t)]
    assert not lonely


def test_no_registry_address_and_no_path_of_a_machine() -> None:
    # Written in pieces, so that this file does not name them itself.
    refused = re.compile("|".join(["pypi" + r"\.org", "npm" + r"js\.com", "registry" + r"\.npm", "debian" + r"\.org", "/work" + "/main", "/root" + "/"]))
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT.root, capture_output=True, text=True, check=False).stdout.split()
    for name in listed:
        path = PROJECT.root / name
        if path.suffix in {".md", ".py", ".yml", ".toml", ".txt", ".json", ".js", ".css", ".html", ".svg", ""} and path.is_file():
            found = refused.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{name}: {found and found[0]}"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: each page with a valid record."""
    folder = tmp_path_factory.mktemp("site")
    environment = os.environ | {"WEAVE_STRICT": "1", "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run([sys.executable, "-m", "weave.tangle"], cwd=PROJECT.root, check=True, capture_output=True)
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=PROJECT.root, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-3000:]
    return folder


@pytest.mark.xdist_group("site")
def test_strict_build_links_and_figures(site: Path) -> None:
    home = (site / "index.html").read_text()
    figures = re.findall(r"<dt>([^<]+)</dt>\s*<dd>(\d+)</dd>", home)
    assert figures and all(int(number) >= 0 for _, number in figures)
    assert int(dict(figures)["blocks run"]) > 50
    for page in site.rglob("*.html"):
        html = page.read_text()
        assert "Not run yet" not in html and "Changed since" not in html, page
        assert "--8&lt;--" not in html, f"{page}: an include was not resolved"
        for target in re.findall(r'href="([^"#?:]+/downloads/[^"]+|downloads/[^"]+)"', html):
            assert (page.parent / target).resolve().is_file(), f"{page}: no {target}"
        for address in re.findall(r'<(?:script|img|link|iframe)[^>]+(?:src|href)="(https?:[^"]+)"', html):
            assert 'rel="canonical"' in html and "canonical" in html.split(address)[0][-80:], f"{page} asks {address}"


CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SAMPLE = ["index", "background/first-deployment", "concepts/serialization", "best-practices/simple-net", "algorithms/quantization", "faq/index"]


@pytest.mark.xdist_group("site")
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_a_browser(site: Path) -> None:
    """No console error, no request to others, no sideways scroll; a copy button yields the code that ran."""
    import functools
    import http.server
    import threading

    from playwright.sync_api import sync_playwright

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    faults: list[str] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name in SAMPLE:
                for width, scheme in ((390, "light"), (1280, "dark")):
                    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
                    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base)
                    tab = context.new_page()
                    where = f"{name} at {width} px, {scheme}"
                    listen(tab, base, where, faults)
                    address = f"{base}/{name.removesuffix('index')}"
                    tab.goto(address if address.endswith("/") else address + "/", wait_until="load")
                    if tab.evaluate("document.documentElement.scrollWidth") > width:
                        faults.append(f"{where}: scrolls sideways")
                    if width == 1280:
                        faults += [f"{where}: {fault}" for fault in copies(tab, read_page(PROJECT.docs / f"{name}.md", PROJECT))]
                    context.close()
            browser.close()
    finally:
        server.shutdown()
    assert not faults, "\n".join(faults)


def listen(tab: Any, base: str, where: str, faults: list[str]) -> None:
    """Note console errors, failed requests, and requests to anyone else."""
    own = (base, "data:", "blob:")
    tab.on("console", lambda m: faults.append(f"{where}: {m.text}") if m.type == "error" else None)
    tab.on("pageerror", lambda e: faults.append(f"{where}: {e}"))
    tab.on("request", lambda r: None if r.url.startswith(own) else faults.append(f"{where}: asks {r.url}"))
    tab.on("requestfailed", lambda r: faults.append(f"{where}: failed {r.url}"))


def copies(tab: Any, page: Page) -> list[str]:
    """Click each copy button; the clipboard must hold a block's code, in the order of the page."""
    expected = [b.copied for b in page.blocks if b.lang not in ("text", "mermaid")]
    if not expected:
        return []
    tab.wait_for_selector("button[data-md-type=copy]", state="attached")
    texts = tab.evaluate(
        """async () => {
            const found = [];
            for (const b of document.querySelectorAll("button[data-md-type=copy]")) {
                await navigator.clipboard.writeText("\\u0000");
                b.click();
                let text = "\\u0000";
                for (let i = 0; i < 100 && text === "\\u0000"; i++) {
                    await new Promise(r => setTimeout(r, 10));
                    text = await navigator.clipboard.readText();
                }
                found.push(text);
            }
            return found;
        }"""
    )
    if texts == expected:
        return []
    return [f"copied {got!r}, not {want!r}" for got, want in zip(texts, expected, strict=False) if got != want][:2] or [
        f"{len(texts)} copy buttons for {len(expected)} blocks"
    ]
