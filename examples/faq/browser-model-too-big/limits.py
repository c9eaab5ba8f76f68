"""Ask Chromium for more memory than a page can have."""

import shutil

from playwright.sync_api import sync_playwright

PATIENCE_MS = 300_000  # for a busy machine
LINES = (
    "new WebAssembly.Memory({ initial: 1, maximum: 65536 })",
    "new WebAssembly.Memory({ initial: 1, maximum: 65537 })",
    "new ArrayBuffer(2 ** 32)",
    "new ArrayBuffer(2 ** 36)",
)
ASK = """(line) => {
  try { return String(new Function("return " + line)()); }
  catch (error) { return String(error); }
}"""

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox"],  # containers run as root
        timeout=PATIENCE_MS,
    )
    tab = browser.new_page()
    for line in LINES:
        print(line)
        print("   ", tab.evaluate(ASK, line))
    browser.close()
