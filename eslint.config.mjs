// `make lint` checks the site's own JavaScript with what it has put into data/eslint.
import { createRequire } from "node:module";

const require = createRequire(new URL("data/eslint/", import.meta.url));
const js = require("@eslint/js");
const globals = require("globals");

const SCRIPT = /<script>(.*?)<\/script>/gs;

// The inline scripts of a template, in their lines; an expression of Jinja's is some text.
const inline = {
  meta: { name: "inline" },
  preprocess: (text) =>
    [...text.matchAll(SCRIPT)].map((found, number) => {
      const before = text.slice(0, found.index + "<script>".length).split("\n");
      const lines = "\n".repeat(before.length - 1) + " ".repeat(before.at(-1).length);
      return { filename: `${number}.js`, text: lines + found[1].replace(/\{\{.*?\}\}/g, "jinja") };
    }),
  postprocess: (messages) => messages.flat(),
};

export default [
  { ignores: ["docs/assets/browser/ort/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { globals: globals.browser, sourceType: "module" },
  },
  { files: ["docs/assets/js/*.js", "theme/**"], languageOptions: { sourceType: "script" } },
  { files: ["theme/**/*.html"], processor: inline },
  { files: ["eslint.config.mjs"], languageOptions: { globals: globals.nodeBuiltin } },
];
