"""Ask the model in Chromium what PyTorch was asked, and compare."""

import json
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PATIENCE_MS = 300_000  # for a busy machine
ASK = """async ([model, runtime, script, values]) => {
  const { Classifier } = await import(new URL(script, location.href));
  const classifier = await Classifier.open(model, runtime);
  return Array.from(await classifier.logits(new Float32Array(values)));
}"""
CROSS = """async (script) => {
  const { pixels } = await import(new URL(script, location.href));
  return Array.from(pixels([[[20, 0], [80, 100]], [[80, 0], [20, 100]]]));
}"""
DRAW = """async ([script, drawn, degrees]) => {
  const base = location.href;
  const { pixels } = await import(new URL(script, base));
  const { samples } = await import(new URL(drawn, base));
  const [c, s] = [Math.cos, Math.sin].map((f) => f(degrees * Math.PI / 180));
  const turn = ([x, y]) => [x * c - y * s, x * s + y * c];
  return Object.values(samples).flatMap((strokes) =>
    Array.from(pixels(strokes.map((stroke) => stroke.map(turn)))));
}"""


def digits(logits: list[float]) -> list[int]:
    """The most likely digit of every ten logits."""
    rows = [logits[n : n + 10] for n in range(0, len(logits), 10)]
    return [row.index(max(row)) for row in rows]


def check(tab: Page, expected: dict[str, list]) -> None:
    """Print how the model in this tab's page does."""

    def ask(values: list[float]) -> list[float]:
        names = ["digits.onnx", "ort/", "model.js", values]
        return tab.evaluate(ASK, names)

    logits = ask(expected["images"])
    pairs = zip(logits, expected["logits"], strict=True)
    apart = max(abs(a - b) for a, b in pairs)
    print("differs from PyTorch by less than 1e-4:", apart < 1e-4)
    answers = expected["answers"]
    pairs = zip(digits(logits), answers, strict=True)
    right = sum(a == b for a, b in pairs)
    print(f"held-out digits: {right / len(answers):.2f} right")
    for degrees in (0, 10, 20, 30):
        drawn = tab.evaluate(DRAW, ["model.js", "samples.js", degrees])
        pairs = zip(digits(ask(drawn)), range(10), strict=True)
        right = sum(a == b for a, b in pairs)
        print(f"samples turned by {degrees:2}°: {right} of 10 right")
    cross = digits(ask(tab.evaluate(CROSS, "model.js")))
    print("a cross is called 8:", cross == [8])
    print("isolated:", tab.evaluate("crossOriginIsolated"))


class Quiet(SimpleHTTPRequestHandler):
    """A static host without any special header."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox"],  # containers run as root
                timeout=PATIENCE_MS,
            )
            tab = browser.new_page()
            address = f"http://127.0.0.1:{server.server_port}/index.html"
            tab.goto(address, timeout=PATIENCE_MS)
            check(tab, json.loads(Path("expected.json").read_text()))
            browser.close()
        server.shutdown()
