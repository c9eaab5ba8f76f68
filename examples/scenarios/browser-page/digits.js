// The drawing field and the answers, in every element <div class="digits">.
import { Classifier, SIDE, pixels } from "./model.js";
import { samples } from "./samples.js";

const FIELD = 100; // strokes are lists of [x, y], 0 to 100
const STEP = 5; // how far an arrow key moves the pen

/** An element with its attributes and children. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** What to tell the reader of an error that loading the model raised. */
function reason(error) {
  console.warn(error); // for developers; readers get a sentence
  const text = String(error);
  if (/Failed to fetch|error loading|Importing a module|\b404\b|no available/.test(text)) {
    return "The runtime or the model is not on this server. "
      + "The rest of the page works without it.";
  }
  return `This browser could not start the model (${text}).`;
}

class Field {
  strokes = [];
  pen = [FIELD / 2, FIELD / 5];
  down = false;
  classifier = null;

  constructor(root) {
    this.root = root;
    this.canvas = make("canvas", {
      width: 300, height: 300, tabindex: 0, role: "application",
      "aria-label": "Drawing field. Arrow keys move the pen, the space bar "
        + "puts it down or lifts it, Delete clears.",
    });
    this.seen = make("canvas", {
      width: SIDE, height: SIDE, role: "img",
      "aria-label": "The drawing in 8 by 8 gray values, as the model sees it",
    });
    this.said = make("p", { role: "status" });
    this.load = make("button", { type: "button", class: "md-button digits__load" },
      "Load the model");
    const clear = make("button", { type: "button", class: "md-button" }, "Clear");
    this.bars = Array.from({ length: 10 }, (_, digit) => {
      const bar = make("i");
      const share = make("output", {}, "–");
      return { bar, share, row: make("li", {}, make("b", {}, String(digit)), bar, share) };
    });
    const choices = Object.keys(samples).map((digit) => {
      const button = make("button",
        { type: "button", "aria-label": `Draw a sample of ${digit}` }, digit);
      button.addEventListener("click", () => this.sample(digit));
      return button;
    });
    this.load.addEventListener("click", () => this.open());
    clear.addEventListener("click", () => this.clear());
    root.replaceChildren(
      make("div", { class: "digits__field" }, this.canvas,
        make("div", { class: "digits__samples", role: "group",
          "aria-label": "Sample drawings" }, ...choices),
        make("div", { class: "digits__do" }, this.load, clear)),
      make("div", { class: "digits__answer" },
        make("div", { class: "digits__seen" }, this.seen,
          make("span", {}, "what the model sees")),
        make("ol", { "aria-label": "Probability of each digit" },
          ...this.bars.map(({ row }) => row))),
      this.said,
    );
    this.listen();
    this.draw();
    const able = typeof WebAssembly === "object";
    this.load.disabled = !able;
    this.say(able ? "Draw a digit, or choose a sample."
      : "This browser has no WebAssembly, which the model needs.");
  }

  say(text) {
    this.said.textContent = text;
  }

  /** Fetch the runtime and the model: only when somebody asks for it. */
  async open() {
    const focused = document.activeElement === this.load;
    this.load.disabled = true;
    this.say("Loading the runtime and the model …");
    try {
      const { model, runtime } = this.root.dataset;
      this.classifier = await Classifier.open(model, runtime);
      this.load.hidden = true;
      if (focused) this.canvas.focus({ preventScroll: true });
      await this.ask();
    } catch (error) {
      this.load.disabled = false;
      this.say(reason(error));
    }
  }

  /** Show what the model sees, and what it answers if it is there. */
  async ask() {
    const values = pixels(this.strokes);
    const picture = new ImageData(SIDE, SIDE);
    values.forEach((ink, n) => picture.data.set([0, 0, 0, (ink / 16) * 255], 4 * n));
    this.seen.getContext("2d").putImageData(picture, 0, 0);
    if (!this.strokes.length) return this.show(null, "Draw a digit, or choose a sample.");
    if (!this.classifier) return this.say("Load the model to get an answer.");
    const asked = this.strokes;
    const [probabilities, ms] = await this.classifier.classify(values);
    if (asked !== this.strokes) return undefined; // a newer drawing is on its way
    const best = probabilities.indexOf(Math.max(...probabilities));
    const share = Math.round(probabilities[best] * 100);
    return this.show(probabilities, `It says ${best}, at ${share}%, in ${ms.toFixed(2)} ms.`);
  }

  show(probabilities, text) {
    this.bars.forEach(({ bar, share }, digit) => {
      const p = probabilities ? probabilities[digit] : 0;
      bar.style.setProperty("--p", p);
      share.textContent = probabilities ? `${Math.round(p * 100)}%` : "–";
    });
    this.say(text);
  }

  /** Replace the drawing; a new array, so that an old answer is told apart. */
  change(strokes) {
    this.strokes = strokes;
    this.draw();
    return this.ask();
  }

  sample(digit) {
    this.down = false;
    return this.change(samples[digit]);
  }

  clear() {
    this.down = false;
    return this.change([]);
  }

  /** Put the pen down at a point: a new stroke. */
  begin(at) {
    this.down = true;
    this.strokes = [...this.strokes, [at]];
  }

  /** Draw on with the pen that is down. */
  extend(at) {
    const last = this.strokes.at(-1);
    this.strokes = [...this.strokes.slice(0, -1), [...last, at]];
  }

  listen() {
    const { canvas } = this;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * FIELD,
        (event.clientY - box.top) / box.height * FIELD];
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.begin(at(event));
      this.draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.down || !canvas.hasPointerCapture(event.pointerId)) return;
      this.extend(at(event));
      this.draw();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        this.down = false;
        this.ask();
      });
    }
    for (const change of ["focus", "blur"]) {
      canvas.addEventListener(change, () => this.draw());
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!move && ![" ", "Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault(); // the page must not scroll meanwhile
    if (move) {
      this.pen = this.pen.map((value, axis) =>
        Math.min(FIELD, Math.max(0, value + STEP * move[axis])));
      if (this.down) {
        this.extend(this.pen);
        this.ask();
      }
    } else if (event.key === " ") {
      if (this.down) this.down = false;
      else this.begin(this.pen);
      this.say(`The pen is ${this.down ? "down" : "up"}.`);
      if (!this.down) this.ask();
    } else {
      this.clear();
    }
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const paper = canvas.getContext("2d");
    const scale = canvas.width / FIELD;
    const color = getComputedStyle(canvas).color;
    paper.clearRect(0, 0, canvas.width, canvas.height);
    Object.assign(paper, { lineWidth: 8 * scale, lineCap: "round",
      lineJoin: "round", strokeStyle: color });
    for (const stroke of this.strokes) {
      paper.beginPath();
      paper.moveTo(...stroke[0].map((value) => value * scale));
      for (const point of stroke) paper.lineTo(...point.map((value) => value * scale));
      paper.stroke();
    }
    if (document.activeElement !== canvas) return;
    paper.lineWidth = 2; // where the pen of the arrow keys is
    paper.beginPath();
    paper.arc(...this.pen.map((value) => value * scale), 5 * scale, 0, 2 * Math.PI);
    paper.stroke();
  }
}

for (const root of document.querySelectorAll(".digits")) new Field(root);
