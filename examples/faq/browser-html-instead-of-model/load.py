"""Load a model's files from a host that answers everything."""

import shutil
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from spa import SinglePage

PATIENCE_MS = 300_000  # for a busy machine
CONFIG = """async (path) => {
  const response = await fetch(path);
  const kind = response.headers.get("content-type");
  const seen = `${response.status} ${kind}: `;
  return response.json().then(
    () => seen + "parsed", (error) => seen + error);
}"""
SESSION = """async (path) => {
  const ort = await import(location.origin + "/ort.js");
  ort.env.wasm.numThreads = 1;
  const mjs = location.origin + "/ort-wasm.js";
  ort.env.wasm.wasmPaths = { mjs, wasm: location.origin + "/ort.wasm" };
  return ort.InferenceSession.create(path).catch(String);
}"""
RUNTIME = """async (path) => {
  const ort = await import(location.origin + "/ort.js");
  ort.env.wasm.numThreads = 1;
  const mjs = location.origin + "/ort-wasm.js";
  ort.env.wasm.wasmPaths = { mjs, wasm: location.origin + path };
  return ort.InferenceSession.create(new Uint8Array(4)).catch(String);
}"""
CHECKED = """async (path) => {
  const { fetchModel } = await import(location.origin + "/fetch-model.js");
  return fetchModel(path).then(
    (bytes) => `${bytes.length} bytes`, String);
}"""
CACHED = """async (path) => {
  const cache = await caches.open("transformers-cache");
  await cache.add(path);  // as a library does, before it parses
  const page = await (await cache.match(path)).text();
  return "cached: " + page.slice(0, 15);
}"""
CLEARED = """async () => {
  await caches.delete("transformers-cache");
  return "left: " + (await caches.keys()).length;
}"""

site = Path("ort")
(site / "index.html").write_text("<!doctype html><title>My app</title>")
shutil.copy("fetch-model.js", site)
(site / "models").mkdir(exist_ok=True)
(site / "models/config.json").write_text("{}")

with ThreadingHTTPServer(
    ("127.0.0.1", 0), partial(SinglePage, directory=site)
) as server:
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
        for script, path in (
            (CONFIG, "/models/config.json"),
            (CONFIG, "/model/config.json"),
            (SESSION, "/model/model.onnx"),
            (CHECKED, "/model/model.onnx"),
            (CACHED, "/model/config.json"),
            (CLEARED, ""),
        ):
            print(path or "caches.delete")
            print("   ", tab.evaluate(script, path))
        tab = browser.new_page()  # a runtime that started does not restart
        tab.goto(address, timeout=PATIENCE_MS)
        print("/wrong/ort.wasm")
        print("   ", tab.evaluate(RUNTIME, "/wrong/ort.wasm"))
        browser.close()
    server.shutdown()
