import * as ort from "./runtime.js";

const file = (name) => new URL(name, location.href).href;

/** What a session says to four bytes that are no model. */
globalThis.ask = async (paths) => {
  ort.env.wasm.numThreads = 1; // a worker's worker is one more trap
  ort.env.wasm.wasmPaths = { wasm: file("ort.wasm") };
  if (paths === "folder") ort.env.wasm.wasmPaths = file("./");
  return ort.InferenceSession.create(new Uint8Array(4)).catch(String);
};

/** The same question, asked in a document that nobody sees. */
globalThis.askOffscreen = async () => {
  await chrome.offscreen.createDocument({
    url: "offscreen.html",
    reasons: ["WORKERS"],
    justification: "runs a model",
  });
  return chrome.runtime.sendMessage("ask");
};
