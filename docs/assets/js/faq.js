/* The index of errors filters as you type. Without this script it is a page
 * of plain tables, which say the same. */
(() => {
  "use strict";

  const place = document.querySelector(".faq-filter");
  if (!place) return;
  const source = document.currentScript.src;

  /** A heading, and all that follows up to the next: the theme wraps tables
   * while the page is read, so it is asked anew each time. */
  function parts(heading) {
    const found = [heading];
    let next = heading.nextElementSibling;
    while (next && next.tagName !== "H2") {
      found.push(next);
      next = next.nextElementSibling;
    }
    return found;
  }

  const groups = [...document.querySelectorAll(".md-content h2")]
    .map((heading) => ({
      heading,
      rows: parts(heading).flatMap((part) => [...part.querySelectorAll("tbody tr")]),
    }))
    .filter((group) => group.rows.length);
  const rows = groups.flatMap((group) => group.rows);
  const texts = new Map(groups.flatMap(({ heading, rows }) =>
    rows.map((row) => [row, `${row.textContent} ${heading.textContent}`.toLowerCase()])));

  let asked = false;
  /** Fetch what entries are called besides what their rows say, once, when somebody is about to
   * type. Without it the rows are filtered by their own words. */
  async function learnOtherNames() {
    if (asked) return;
    asked = true;
    try {
      const response = await fetch(new URL("faq-names.json", source));
      if (!response.ok) return;
      const names = await response.json();
      for (const row of rows) {
        const [name] = row.querySelector("a")?.getAttribute("href").match(/[\w-]+(?=\/?$)/) ?? [];
        texts.set(row, `${texts.get(row)} ${names[name] ?? ""}`.toLowerCase());
      }
    } catch {
      asked = false;
      return;
    }
    show();
  }

  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "search";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.placeholder = "constraints violated";
  label.append(`Filter these ${rows.length} entries`, input);
  const count = document.createElement("p");
  count.setAttribute("role", "status");
  place.append(label, count);
  place.hidden = false;

  /** Rows with every word; if there is none, those that share the most. */
  function fitting(words) {
    const shares = new Map(rows.map((row) =>
      [row, words.filter((word) => texts.get(row).includes(word)).length]));
    const most = Math.max(...shares.values());
    const exact = most === words.length;
    const enough = exact ? most : Math.max(2, most - 1);
    return { exact, found: rows.filter((row) => shares.get(row) >= enough) };
  }

  function show() {
    const words = input.value.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
    const { exact, found } = fitting(words);
    const shown = new Set(found);
    for (const row of rows) row.hidden = !shown.has(row);
    for (const group of groups) {
      const empty = group.rows.every((row) => row.hidden);
      for (const part of parts(group.heading)) part.hidden = empty;
    }
    if (!words.length) count.textContent = "";
    else if (!found.length) count.textContent = "None of these. Try the search above: it reads every page.";
    else if (exact) count.textContent = `${found.length} of ${rows.length}`;
    else count.textContent = `None contains all of these words; ${found.length} come close`;
  }

  const first = () => rows.find((row) => !row.hidden)?.querySelector("a");

  input.addEventListener("focus", learnOtherNames);
  input.addEventListener("input", () => {
    learnOtherNames();
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      input.value = "";
      show();
    } else if ((event.key === "ArrowDown" || event.key === "Enter") && first()) {
      event.preventDefault();
      if (event.key === "Enter") first().click();
      else first().focus();
    }
  });
})();
