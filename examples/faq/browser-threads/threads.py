"""Ask ONNX Runtime Web for four threads, with and without the headers."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from onnx import TensorProto, helper
from playwright.sync_api import Browser, sync_playwright

from serve import Isolated

PATIENCE_MS = 300_000  # for a busy machine
ASK = """async (mode) => {
  const ort = await import(location.href + "ort.js");
  ort.env.wasm.numThreads = 4;
  const mjs = location.href + "ort-wasm.js";
  ort.env.wasm.wasmPaths = { mjs, wasm: location.href + "ort.wasm" };
  const session = await ort.InferenceSession.create(
    "model.onnx", { executionMode: mode });
  await session.run({ x: new ort.Tensor("float32", [1, 2], [2]) });
  return `isolated: ${crossOriginIsolated}, `
    + `numThreads: ${ort.env.wasm.numThreads}`;
}"""


class Plain(SimpleHTTPRequestHandler):
    """A static host without any special header."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def ask(browser: Browser, handler: type, mode: str) -> None:
    """Serve the runtime with this handler, and print what the page got."""
    hosted = partial(handler, directory="ort")
    with ThreadingHTTPServer(("127.0.0.1", 0), hosted) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab = browser.new_page()
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        address = f"http://127.0.0.1:{server.server_port}/"
        tab.goto(address, timeout=PATIENCE_MS)
        print(handler.__name__, mode)
        print("   ", tab.evaluate(ASK, mode), "workers:", len(tab.workers))
        for text in said:
            if "404" not in text:  # the page has no icon
                print("    console:", text)
        tab.close()
        server.shutdown()


x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
node = helper.make_node("Relu", ["x"], ["y"])
graph = helper.make_graph([node], "relu", [x], [y])
opset = [helper.make_opsetid("", 17)]
model = helper.make_model(graph, opset_imports=opset, ir_version=8)
with open("ort/model.onnx", "wb") as file:
    file.write(model.SerializeToString())

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox"],  # containers run as root
        timeout=PATIENCE_MS,
    )
    ask(browser, Plain, "sequential")
    ask(browser, Isolated, "sequential")
    ask(browser, Isolated, "parallel")
    browser.close()
