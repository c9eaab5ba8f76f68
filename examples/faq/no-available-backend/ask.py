"""Ask ONNX Runtime Web for a session in Chromium, and print its answer."""

import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import sync_playwright

PATIENCE_MS = 300_000  # for a busy machine
ASK = """async (folder) => {
  const ort = await import(location.href + "ort.js");
  ort.env.wasm.numThreads = 1;
  const mjs = location.href + "ort-wasm.js";
  const wasm = location.href + folder + "ort.wasm";
  ort.env.wasm.wasmPaths = { mjs, wasm };
  return ort.InferenceSession.create(new Uint8Array(4), {
    executionProviders: ["wasm"],
  }).catch((error) => String(error));
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
        for folder in sys.argv[1:]:
            tab = browser.new_page()  # a runtime that failed does not retry
            address = f"http://127.0.0.1:{server.server_port}/"
            tab.goto(address, timeout=PATIENCE_MS)
            print(tab.evaluate(ASK, folder))
        browser.close()
    server.shutdown()
