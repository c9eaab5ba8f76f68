// From strokes to probabilities: everything that is not user interface.

/** Rows and columns of the picture that the model was trained on. */
export const SIDE = 8;

const GRID = 32; // the training pictures count the ink of a 32 by 32 scan
const PEN = 2.3; // half the width of a stroke, in cells of that scan
const WIDE = 26; // the training digits fill the height, but not the width

/** Squared distance of (x, y) from the line between two points. */
function distance(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? ((x - ax) * dx + (y - ay) * dy) / length : 0;
  const t = Math.min(1, Math.max(0, along));
  return (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2;
}

/** Strokes, moved and scaled to fill the scan as the training digits do. */
function fitted(strokes) {
  const xs = strokes.flat().map(([x]) => x);
  const ys = strokes.flat().map(([, y]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(
    (WIDE - 2 * PEN) / Math.max(right - left, 1e-6),
    (GRID - 2 * PEN) / Math.max(bottom - top, 1e-6),
  );
  const place = (value, from, to) => (value - (from + to) / 2) * scale + GRID / 2;
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => [place(x, left, right), place(y, top, bottom)]),
  );
}

/**
 * What the model sees of a drawing.
 * @param {number[][][]} strokes lists of [x, y], in any unit
 * @returns {Float32Array} 64 values, 0 (paper) to 16 (ink), row by row
 */
export function pixels(strokes) {
  const seen = new Float32Array(SIDE * SIDE);
  if (!strokes.some((stroke) => stroke.length)) return seen;
  const lines = fitted(strokes).flatMap((stroke) =>
    stroke.map((point, n) => [stroke[Math.max(0, n - 1)], point]),
  );
  const block = GRID / SIDE;
  for (let y = 0; y < GRID; y++) {
    for (let x = 0; x < GRID; x++) {
      const near = ([a, b]) => distance(x + 0.5, y + 0.5, a, b) <= PEN * PEN;
      if (!lines.some(near)) continue;
      seen[Math.floor(y / block) * SIDE + Math.floor(x / block)] += 1;
    }
  }
  return seen;
}

/** Probabilities of the logits of one picture. */
export function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** What a gzipped file holds: few hosts compress WebAssembly themselves. */
async function unpacked(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  const plain = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).arrayBuffer();
}

/** A model in this browser. One question at a time: a session refuses two. */
export class Classifier {
  #ort;
  #session;
  #last = Promise.resolve();

  /**
   * Fetch the runtime and the model.
   * @param {string} model address of the .onnx file
   * @param {string} runtime address of the folder with the runtime
   */
  static async open(model, runtime) {
    const made = new Classifier();
    const file = (name) => new URL(name, new URL(runtime, location.href)).href;
    made.#ort = await import(file("ort.js"));
    const { env } = made.#ort;
    env.wasm.numThreads = 1; // more need cross-origin isolation: two headers
    env.wasm.wasmPaths = { mjs: file("ort-wasm.js") };
    env.wasm.wasmBinary = await unpacked(file("ort.wasm.gz"));
    made.#session = await made.#ort.InferenceSession.create(
      new URL(model, location.href).href,
      { executionProviders: ["wasm"] },
    );
    await made.logits(new Float32Array(SIDE * SIDE)); // warm up
    return made;
  }

  /** Logits of one or more pictures, ten for each, one after the other. */
  logits(values) {
    const ask = async () => {
      const shape = [values.length / SIDE ** 2, SIDE, SIDE];
      const image = new this.#ort.Tensor("float32", values, shape);
      const { logits } = await this.#session.run({ image });
      return logits.data;
    };
    this.#last = this.#last.then(ask, ask);
    return this.#last;
  }

  /** Probabilities of one picture, and the milliseconds that one answer takes. */
  async classify(values, times = 20) {
    let logits;
    const start = performance.now();
    for (let n = 0; n < times; n++) logits = await this.logits(values);
    // A browser's clock is coarse on purpose: time many answers, then divide.
    return [softmax(logits), (performance.now() - start) / times];
  }
}
