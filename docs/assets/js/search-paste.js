/* Paste a whole traceback into a search field: its error line stays, without
 * the paths, numbers and signs that stand in no entry. Typed text is left
 * alone, and nothing here is needed to search. */
(() => {
  "use strict";

  const WORDS = 14;
  const COMMON = new Set(
    `a an and are as at be been but by can could did do does for from had has
    have if in into is it its may more most must not of on only or our should
    so some than that the their then there these this those to was we were
    what when where which while will with would you your runtimeerror
    valueerror typeerror attributeerror exception error traceback`
      .split(/\s+/));

  const FRAME = /^\s*File ".*", line \d+|^\s*File .*, in \S+$/i;
  const BETWEEN = /^\s*(Traceback \(most recent|During handling|The above exc|\^|~)/i;
  const KIND = /^[\w.]*?(error|exception|warning|unsupported|interrupt|fail\w*|invalidargument|noSuchFile|invalidtoken)\b/i;

  /** The lines of a pasted text that say what went wrong. */
  function errorLines(text) {
    const lines = text.split(/\r?\n/);
    let last = -1;
    lines.forEach((line, n) => {
      if (FRAME.test(line)) last = n;
    });
    const rest = lines
      .slice(last + 1)
      .filter((line) => line.trim() && !BETWEEN.test(line));
    const found = rest.findIndex((line) => KIND.test(line));
    if (found >= 0) return rest.slice(found, found + 4);
    if (last < 0) return rest;
    const flush = rest.findIndex((line) => /^\S/.test(line));
    return rest.slice(Math.max(0, flush), Math.max(0, flush) + 4);
  }

  /** What of it is worth searching for. */
  function errorWords(text) {
    const plain = errorLines(text)
      .join(" ")
      .replace(/^[A-Z]\d{4} [\d:.]+ +\d+ \S+\]/, " ") // a log's prefix
      .replace(/^(?:\w+\.)+(?=\w+(?::| |$))/, " ") // where the exception lives
      .replace(/\bhttps?:\/\/\S+/g, " ")
      .replace(/(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+){2,}[\\/]?/g, " ")
      .replace(/\b0x[0-9a-f]{5,}\b/gi, " ")
      .replace(/[^\p{L}\p{N}_]+/gu, " ")
      .replace(/(^| )\d+(?= |$)/g, " ");
    const kept = [];
    const seen = new Set();
    for (const word of plain.split(" ")) {
      const small = word.toLowerCase();
      if (small.length < 2 || seen.has(small) || COMMON.has(small)) continue;
      seen.add(small);
      kept.push(word);
    }
    return kept.slice(0, WORDS).join(" ") || text.trim();
  }

  addEventListener("paste", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-md-component=search-query], .faq-filter input")) return;
    const text = event.clipboardData?.getData("text") ?? "";
    if (text.trim().split(/\s+/).length < 3) return;
    event.preventDefault();
    field.setRangeText(errorWords(text), field.selectionStart, field.selectionEnd, "end");
    for (const kind of ["input", "keyup"]) {
      field.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  });
})();
