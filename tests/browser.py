"""What the browser tests share: a server, a browser, the kinds of pages, and a sample."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fenceproof.run.pace import patience

CHROMIUM = next(
    (
        p
        for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
        if Path(p).exists()
    ),
    None,
)
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
FLAGS += ["--disable-component-update", "--disable-sync"]
PHONE, DESK = 390, 1280
TEXT = (".html", ".css", ".js", ".json", ".svg", ".txt", ".md", ".xml")
KINDS = {  # one page of each
    "home": "",
    "text": "concepts/serialization/",
    "maths": "algorithms/quantization/",
    "notebook": "scenarios/recommendation-notebook/",
    "faq": "faq/",
    "entry": "faq/weights-only-load-failed/",
    "list": "verification/",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Static files, gzipped, and the site's own page for what is not there."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            if not self.path.partition("?")[0].endswith("/"):
                super().do_GET()
                return
            path /= "index.html"
        exists = path.is_file()
        body = path.read_bytes() if exists else (Path(self.directory) / "404.html").read_bytes()
        self.send_response(200 if exists else 404)
        self.send_header("Content-Type", self.guess_type(str(path if exists else "404.html")))
        if path.suffix in TEXT or not exists:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def launch() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def tab(browser: Any, width: int = DESK, scheme: str = "light", **options: Any) -> Iterator[Any]:
    """A page of its own, that remembers nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, **options
    )
    context.set_default_timeout(patience(20_000))
    try:
        yield context.new_page()
    finally:
        context.close()


def listen(page: Any, base: str, faults: list[str]) -> list[Any]:
    """Note console errors, failed requests, and requests to anyone else;
    returns the responses as they come.
    """
    allowed, responses = (base, "data:", "blob:"), []
    page.on(
        "console",
        lambda m: faults.append(f"console: {m.text}") if m.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda e: faults.append(f"error: {e}"))
    page.on(
        "request", lambda r: None if r.url.startswith(allowed) else faults.append(f"asks {r.url}")
    )
    page.on(
        "requestfailed",
        lambda r: (
            None
            if "ERR_ABORTED" in str(r.failure)
            else faults.append(f"failed {r.url} {r.failure}")
        ),
    )
    page.on(
        "response",
        lambda r: faults.append(f"{r.status} {r.url}") if r.status >= 400 else responses.append(r),
    )
    return responses


def addresses(site: Path) -> list[str]:
    """Every page of the site, as it is linked; not the addresses that pages had before."""
    folders = (
        p.parent.relative_to(site).as_posix()
        for p in site.rglob("index.html")
        if 'http-equiv="refresh"' not in p.read_text(encoding="utf-8")
    )
    return sorted("" if name == "." else f"{name}/" for name in folders)


def spread(names: list[str], count: int) -> list[str]:
    """So many of them, evenly spread; the same at each run."""
    return [names[n * len(names) // count] for n in range(min(count, len(names)))]


def sample(site: Path, count: int) -> list[str]:
    """One page of each kind, and a few of the rest."""
    rest = [name for name in addresses(site) if name not in KINDS.values()]
    return [*KINDS.values(), *spread(rest, count)]


def addresses_to_check(site: Path, count: int, slow: bool) -> list[str]:
    return addresses(site) if slow else sample(site, count)


sample_and_full = pytest.mark.parametrize(
    "slow", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["sample", "every"]
)


def assert_no_faults(faults: list[str]) -> None:
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:40])


def axe() -> Callable[[Any], list[Any]]:
    """A function that checks a page with axe-core, or a skip that says how to get it."""
    places = [
        os.environ.get("AXE", ""),
        "data/axe-core/axe.min.js",
        "node_modules/axe-core/axe.min.js",
    ]
    root = Path(__file__).parent.parent
    path = next((root / p for p in places if p and (root / p).is_file()), None)
    if path is None:
        pytest.skip("needs axe-core: run `make data`, which fetches it with npm")
    script = path.read_text(encoding="utf-8")
    options = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        "rules": {"label-content-name-mismatch": {"enabled": True}},  # Lighthouse asks for it too
        "resultTypes": ["violations"],
    }

    def check(page: Any) -> list[Any]:
        page.evaluate(script)  # not a script tag: the page's policy would refuse it
        report = page.evaluate("options => axe.run(document, options)", options)
        return [
            (v["id"], n["target"], n["failureSummary"][:300])
            for v in report["violations"]
            for n in v["nodes"]
        ]

    return check
