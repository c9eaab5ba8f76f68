"""Make ONNX Runtime Web fail in several ways, and print what it throws."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from onnx import ModelProto, TensorProto, helper
from playwright.sync_api import sync_playwright

PATIENCE_MS = 300_000  # for a busy machine
ASK = """async ([file, size]) => {
  const ort = await import(location.href + "ort.js");
  ort.env.wasm.numThreads = 1;
  const mjs = location.href + "ort-wasm.js";
  ort.env.wasm.wasmPaths = { mjs, wasm: location.href + "ort.wasm" };
  try {
    const session = await ort.InferenceSession.create(file);
    const shape = BigInt64Array.from([size, size].map(BigInt));
    await session.run({ shape: new ort.Tensor("int64", shape, [2]) });
    return "no error";
  } catch (error) {
    return typeof error + " " + String(error);
  }
}"""
# A module that calls `env.throw(8314224)`, as emscripten's exceptions do.
NUMBER = """() => {
  const bytes = Uint8Array.from([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 2, 96, 1, 127, 0, 96, 0, 0, 2, 13, 1,
    3, 101, 110, 118, 5, 116, 104, 114, 111, 119, 0, 0, 3, 2, 1, 1, 7, 7, 1,
    3, 114, 117, 110, 0, 1, 10, 11, 1, 9, 0, 65, 240, 186, 251, 3, 16, 0, 11,
  ]);
  const env = { throw: (pointer) => { throw pointer; } };
  const module = new WebAssembly.Module(bytes);
  try { new WebAssembly.Instance(module, { env }).exports.run(); }
  catch (error) { return typeof error + " " + String(error); }
}"""


def one_node(operator: str, domain: str = "") -> ModelProto:
    """A model of one operator: from `shape` to `out`."""
    shape = helper.make_tensor_value_info("shape", TensorProto.INT64, [2])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    node = helper.make_node(operator, ["shape"], ["out"], domain=domain)
    graph = helper.make_graph([node], "one", [shape], [out])
    opsets = [helper.make_opsetid("", 17)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def with_external_data() -> ModelProto:
    """A model whose weights are in a second file."""
    model = one_node("ConstantOfShape")
    weights = TensorProto(name="weights", data_type=TensorProto.FLOAT)
    weights.dims.append(4)
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="model.onnx.data")
    model.graph.initializer.append(weights)
    model.graph.output.add().CopyFrom(
        helper.make_tensor_value_info("weights", TensorProto.FLOAT, [4])
    )
    return model


class Quiet(SimpleHTTPRequestHandler):
    """A static host."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


models = {
    "unknown operator": (one_node("Frobnicate", "com.example"), 2),
    "second file missing": (with_external_data(), 2),
    "a result of 4.29 GB": (one_node("ConstantOfShape"), 32_760),
    "a result of 6.40 GB": (one_node("ConstantOfShape"), 40_000),
}
handler = partial(Quiet, directory="ort")
with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"],  # containers run as root
            timeout=PATIENCE_MS,
        )
        address = f"http://127.0.0.1:{server.server_port}/"
        for name, (model, size) in models.items():
            with open("ort/model.onnx", "wb") as file:
                file.write(model.SerializeToString())
            tab = browser.new_page()
            tab.goto(address, timeout=PATIENCE_MS)
            print(name)
            print("   ", tab.evaluate(ASK, ["model.onnx", size]).strip())
        print("an exception that nobody catches")
        print("   ", tab.evaluate(NUMBER))
        browser.close()
    server.shutdown()
