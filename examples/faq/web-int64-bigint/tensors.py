"""What ONNX Runtime Web says to the tensors that token ids become."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import sync_playwright

PATIENCE_MS = 300_000  # for a busy machine
LINES = (
    'new ort.Tensor("int64", new Int32Array([101, 102]), [2])',
    "BigInt64Array.from([101, 102])",
    "logits.data[0] + 1",
    "JSON.stringify(logits.data[0])",
    'new ort.Tensor("float32", new Float32Array(3), [2])',
    "BigInt64Array.from([101, 102], BigInt).length",
    'new ort.Tensor("int64", [101, 102], [2]).dims',
    "Number(logits.data[0]) + 1",
)
ASK = """async (line) => {
  const ort = await import(location.href + "ort.js");
  const logits = new ort.Tensor("int64", [7], [1]);
  const run = new Function("ort", "logits", "return " + line);
  try { return String(run(ort, logits)); }
  catch (error) { return String(error).split(" { ")[0]; }
}"""


class Quiet(SimpleHTTPRequestHandler):
    """A static host."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


handler = partial(Quiet, directory="ort")
with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"],  # containers run as root
            timeout=PATIENCE_MS,
        )
        tab = browser.new_page()
        address = f"http://127.0.0.1:{server.server_port}/"
        tab.goto(address, timeout=PATIENCE_MS)
        for line in LINES:
            print(line)
            print("   ", tab.evaluate(ASK, line))
        browser.close()
    server.shutdown()
