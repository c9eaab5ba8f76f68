/* The site's search without a browser: the page's own scripts and the search's worker in node.
 * `node search.cjs <site>` reads lines {"text", "pasted"} and writes lines {"query", "pages"}. */
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const vm = require("node:vm");

const site = process.argv[2];

/** The functions by which the page prepares what people type and paste. */
function prepare() {
  const page = vm.createContext({ addEventListener() {} });
  page.window = page;
  vm.runInContext(fs.readFileSync(path.join(site, "assets/js/search-paste.js"), "utf8"), page);
  return page.searchText;
}

/** The search's own worker, with the site's index: a function that asks it. */
async function start() {
  const folder = path.join(site, "assets/javascripts/workers");
  const name = fs.readdirSync(folder).find((file) => /^search.*\.js$/.test(file));
  let listener, answered;
  const worker = vm.createContext({
    console,
    addEventListener: (_, listen) => (listener = listen),
    postMessage: (message) => answered(message),
  });
  worker.self = worker;
  vm.runInContext(fs.readFileSync(path.join(folder, name), "utf8"), worker);
  const ask = (type, data) =>
    new Promise((resolve) => {
      answered = resolve;
      listener({ data: { type, data } });
    });
  const index = fs.readFileSync(path.join(site, "search/search_index.json"), "utf8");
  await ask(0, { ...JSON.parse(index), options: { suggest: false } });
  return async (query) => (await ask(2, query)).data.items;
}

(async () => {
  const [{ errorWords, workerQuery }, search] = [prepare(), await start()];
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { text, pasted } = JSON.parse(line);
    const query = pasted ? errorWords(text) : text;
    const pages = (await search(workerQuery(query))).map(([first]) =>
      first.location.split("#")[0].replace(/\/$/, ""),
    );
    console.log(JSON.stringify({ query, pages }));
  }
})();
