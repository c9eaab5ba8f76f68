"""Four extensions that ask ONNX Runtime Web for a session in Chromium."""

import json
import shutil
from pathlib import Path

from playwright.sync_api import BrowserContext, Worker, sync_playwright

PATIENCE_MS = 300_000  # for a busy machine
ALLOWED = "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'"


def build(name: str, runtime: str, allowed: bool) -> Path:
    """Make the folder of an extension with this build of the runtime."""
    folder = Path("extensions", name).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path("ort", runtime), folder / "runtime.js")
    shutil.copy("ort/ort.wasm", folder / "ort-wasm-simd-threaded.wasm")
    shutil.copy("ort/ort.wasm", folder)
    shutil.copy("ort/ort-wasm.js", folder / "ort-wasm-simd-threaded.mjs")
    for script in ("background.js", "offscreen.js"):
        shutil.copy(script, folder)
    page = '<!doctype html><script type="module" src="offscreen.js"></script>'
    (folder / "offscreen.html").write_text(page)
    manifest = {
        "manifest_version": 3,
        "name": name,
        "version": "1.0",
        "permissions": ["offscreen"],
        "background": {"service_worker": "background.js", "type": "module"},
    }
    if allowed:
        manifest["content_security_policy"] = {"extension_pages": ALLOWED}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def workers(context: BrowserContext, count: int) -> dict[str, Worker]:
    """The service workers of all extensions, by the extension's name."""
    while len(context.service_workers) < count:
        context.wait_for_event("serviceworker", timeout=PATIENCE_MS)
    name = "chrome.runtime.getManifest().name"
    return {w.evaluate(name): w for w in context.service_workers}


folders = [
    build("default policy", "ort-bundle.js", allowed=False),
    build("loader", "ort.js", allowed=True),
    build("bundle", "ort-bundle.js", allowed=True),
    build("bundle and folder", "ort-bundle.js", allowed=True),
]
listed = ",".join(map(str, folders))
with sync_playwright() as playwright:
    context = playwright.chromium.launch_persistent_context(
        "profile",
        executable_path=shutil.which("chromium"),
        args=[
            "--no-sandbox",  # containers run as root
            f"--disable-extensions-except={listed}",
            f"--load-extension={listed}",
        ],
        timeout=PATIENCE_MS,
    )
    running = workers(context, len(folders))
    for name, script in (
        ("default policy", "ask()"),
        ("loader", "ask()"),
        ("bundle", "ask()"),
        ("bundle and folder", "ask('folder')"),
        ("loader", "askOffscreen()"),
    ):
        print(f"{name}, {script}:")
        print("   ", running[name].evaluate(script))
    context.close()
