"""The digits model of docs/scenarios/browser.md, as readers' browsers run it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fenceproof.project import find_project
from fenceproof.run.pace import patience
from tests.modules import load_module

ROOT = find_project(Path(__file__)).root
ASSETS = ROOT / "docs/assets/browser"
CODE = ROOT / "examples/scenarios/browser-page"
SHARED = ("digits.css", "digits.js", "model.js", "samples.js")


@pytest.mark.parametrize("name", SHARED)
def test_page_and_download_have_the_same_files(name: str) -> None:
    assert (ASSETS / name).read_bytes() == (CODE / name).read_bytes(), (
        f"docs/assets/browser/{name} must be a link to {CODE / name}"
    )


def test_published_model_names_no_path_of_the_machine() -> None:
    data = (ASSETS / "digits.onnx").read_bytes()
    assert not re.search(rb"/(home|root|usr|tmp|work)/|\.py\b", data)
    assert len(data) < 50_000


def runtime() -> Path:
    """The folder with the runtime, or a skip that says what to run."""
    fetching = load_module(CODE / "runtime.py")
    for folder in (ASSETS / "ort", fetching.KEPT):
        if fetching.intact(folder) and (folder / "ort.wasm.gz").is_file():
            return Path(folder)
    pytest.skip("needs the browser's runtime: run `make data`, which fetches it with npm")


@pytest.fixture(scope="module")
def model() -> Any:
    """The published weights in eager PyTorch."""
    onnx = pytest.importorskip("onnx", reason="needs onnx")
    torch = pytest.importorskip("torch", reason="needs torch")
    net = load_module(ROOT / "examples/scenarios/browser/digits.py").Digits()
    graph = onnx.load(ASSETS / "digits.onnx").graph
    stored = {
        x.name: torch.from_numpy(onnx.numpy_helper.to_array(x).copy()) for x in graph.initializer
    }
    net.load_state_dict({name: stored[name] for name in net.state_dict()})
    return net.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def held_out() -> Any:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    return load_module(ROOT / "examples/scenarios/browser/digits.py").load()[2:]


class Static(SimpleHTTPRequestHandler):
    """docs/ as a static host without special headers, and the widget's page."""

    folder: Path | None = None

    def translate_path(self, path: str) -> str:
        path = path.partition("?")[0]
        if path.startswith("/assets/browser/ort/"):
            return str(self.folder / Path(path).name) if self.folder else "/nowhere"
        return super().translate_path(path)

    def do_GET(self) -> None:
        if self.path != "/scenarios/browser/":
            return super().do_GET()
        page = (ROOT / "docs/scenarios/browser.md").read_text()
        widget = re.search(r'^<div class="digits".*?</script>$', page, re.M | re.S)
        assert widget
        head = '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">'
        head += '<link rel="stylesheet" href="/assets/browser/digits.css">'
        body = f"{head}<body>{widget[0]}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def serve(folder: Path | None) -> ThreadingHTTPServer:
    handler = type("Handler", (Static,), {"folder": folder})
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: handler(*args, directory=str(ROOT / "docs"))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Tab:
    """The page in a browser of a phone's width, with what it asked for."""

    def __init__(self, browser: Any, folder: Path | None, script: str = "") -> None:
        self.server = serve(folder)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.tab = browser.new_page(viewport={"width": 360, "height": 740})
        self.tab.set_default_timeout(patience(20_000))
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        if script:
            self.tab.add_init_script(script)
        self.tab.goto(f"{self.base}/scenarios/browser/")
        self.tab.wait_for_selector("[role=status]")

    def status(self) -> str:
        return str(self.tab.inner_text("[role=status]"))

    def load(self) -> None:
        self.tab.get_by_role("button", name="Load the model").click()

    def close(self) -> None:
        self.tab.close()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def open_tab(chromium: Any) -> Iterator[Any]:
    opened: list[Tab] = []

    def open_one(folder: Path | None, script: str = "") -> Tab:
        opened.append(Tab(chromium, folder, script))
        return opened[-1]

    yield open_one
    for tab in opened:
        tab.close()


def test_browser_agrees_with_eager_pytorch_on_held_out_digits(
    open_tab: Any, model: Any, held_out: Any
) -> None:
    folder = runtime()
    images, answers = held_out
    check = load_module(CODE / "check.py")
    tab = open_tab(folder)
    names = [
        "/assets/browser/digits.onnx",
        "/assets/browser/ort/",
        "/assets/browser/model.js",
        images.flatten().tolist(),
    ]
    got = tab.tab.evaluate(check.ASK, names)
    wanted = model(images)
    assert max(abs(a - b) for a, b in zip(got, wanted.flatten().tolist(), strict=True)) < 1e-4
    chosen = check.digits(got)
    assert chosen == wanted.argmax(1).tolist()
    assert sum(a == b for a, b in zip(chosen, answers.tolist(), strict=True)) / len(answers) > 0.97
    assert tab.tab.evaluate("crossOriginIsolated") is False


def test_model_is_loaded_after_a_click_and_from_this_site_only(open_tab: Any) -> None:
    tab = open_tab(runtime())
    tab.tab.wait_for_load_state("networkidle")
    assert not [
        url
        for url in tab.requests
        if "ort" in url.rpartition("/assets/")[2] or url.endswith(".onnx")
    ]
    tab.load()
    tab.tab.wait_for_selector(".digits__load", state="hidden")
    tab.tab.get_by_role("button", name="Draw a sample of 5").click()
    tab.tab.wait_for_function(
        "document.querySelector('[role=status]').textContent.startsWith('It says')"
    )
    assert re.fullmatch(r"It says 5, at \d+%, in \d+\.\d\d ms\.", tab.status())
    assert {url.rpartition("/")[2] for url in tab.requests} >= {
        "ort.js",
        "ort-wasm.js",
        "ort.wasm.gz",
        "digits.onnx",
    }
    assert all(url.startswith((tab.base, "blob:", "data:")) for url in tab.requests)
    assert not tab.errors
    assert tab.tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_digit_can_be_drawn_with_the_keyboard(open_tab: Any) -> None:
    tab = open_tab(runtime())
    tab.tab.get_by_role("button", name="Load the model").focus()
    tab.tab.keyboard.press("Enter")
    tab.tab.wait_for_selector(".digits__load", state="hidden")
    assert tab.tab.evaluate("document.activeElement.tagName") == "CANVAS"
    for key in ("Space", *["ArrowDown"] * 12, "Space"):
        tab.tab.keyboard.press(key)
    tab.tab.wait_for_function(
        "document.querySelector('[role=status]').textContent.startsWith('It says')"
    )
    assert "It says 1," in tab.status()
    tab.tab.keyboard.press("Delete")
    tab.tab.wait_for_function(
        "document.querySelector('[role=status]').textContent.startsWith('Draw')"
    )


def test_missing_runtime_is_explained(open_tab: Any) -> None:
    tab = open_tab(None)
    tab.load()
    tab.tab.wait_for_function(
        "document.querySelector('[role=status]').textContent.includes('not on this server')"
    )
    assert tab.tab.get_by_role("button", name="Load the model").is_enabled()
    assert not tab.errors


def test_missing_webassembly_is_explained(open_tab: Any) -> None:
    tab = open_tab(None, "delete window.WebAssembly")
    assert "no WebAssembly" in tab.status()
    assert tab.tab.get_by_role("button", name="Load the model").is_disabled()
