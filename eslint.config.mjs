// `make lint` checks the site's own JavaScript with what it has put into data/eslint.
import { createRequire } from "node:module";

const require = createRequire(new URL("data/eslint/", import.meta.url));
const js = require("@eslint/js");
const globals = require("globals");

export default [
  { ignores: ["docs/assets/browser/ort/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { globals: globals.browser, sourceType: "module" },
  },
  { files: ["docs/assets/js/*.js"], languageOptions: { sourceType: "script" } },
  { files: ["eslint.config.mjs"], languageOptions: { globals: globals.nodeBuiltin } },
];
