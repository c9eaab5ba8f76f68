"""Ask browsers whether their GPU computes in half precision."""

import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import sync_playwright

PATIENCE_MS = 300_000  # for a busy machine
SOFTWARE = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]


class Quiet(SimpleHTTPRequestHandler):
    """A static host: a page without an origin has no navigator.gpu."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


ASK = """async () => {
  const { choose } = await import(location.origin + "/choose.js");
  return JSON.stringify(await choose());
}"""

with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        for name, flags in (("no GPU", []), ("software GPU", SOFTWARE)):
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", *flags],  # containers run as root
                timeout=PATIENCE_MS,
            )
            tab = browser.new_page()
            address = f"http://127.0.0.1:{server.server_port}/choose.js"
            tab.goto(address, timeout=PATIENCE_MS)
            print(f"{name}: {tab.evaluate(ASK)}")
            browser.close()
    server.shutdown()
