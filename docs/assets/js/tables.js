/* Tables that sort and filter, and tables that become questions.
 *
 * <div class="sortable" markdown>           each head becomes a button
 * <div class="questions" data-ask="3" markdown>   the first 3 columns are asked
 *
 * Without this script both are plain tables, which say the same. */
(() => {
  "use strict";

  const clean = (cell) => cell.textContent.replace(/\s+/g, " ").trim();

  /** What a cell is sorted by: its first number, if it begins with one. */
  function key(cell) {
    const text = clean(cell);
    const found = text.match(/^[^\p{L}\d]*(-?[\d,]*\.?\d+)/u);
    return { text, number: found ? Number(found[1].replaceAll(",", "")) : NaN };
  }

  function compare(a, b) {
    const numbers = !Number.isNaN(a.number) && !Number.isNaN(b.number);
    if (numbers) return a.number - b.number;
    if (!a.text || !b.text) return (a.text ? 0 : 1) - (b.text ? 0 : 1);
    return a.text.localeCompare(b.text, document.documentElement.lang);
  }

  function status(box) {
    const line = document.createElement("p");
    line.className = "asked";
    line.setAttribute("role", "status");
    box.append(line);
    return line;
  }

  function sortable(box) {
    const table = box.querySelector("table");
    if (!table || !table.tHead) return;
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (!clean(head)) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "tabletools__sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const keyed = rows.map((row) => [key(row.cells[column]), row]);
        const empty = ([a]) => !a.text || (Number.isNaN(a.number) && numeric);
        const numeric = keyed.filter(([a]) => !Number.isNaN(a.number)).length * 2 > rows.length;
        keyed.sort((a, b) => {
          if (empty(a) !== empty(b)) return empty(a) ? 1 : -1; // always last
          return up ? compare(a[0], b[0]) : compare(b[0], a[0]);
        });
        body.append(...keyed.map(([, row]) => row));
      });
    });
    if (rows.length < 6) return;
    const label = document.createElement("label");
    label.className = "tabletools__filter";
    const input = document.createElement("input");
    input.type = "search";
    label.append("Rows with ", input);
    box.prepend(label);
    const count = status(box);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
    });
  }

  function questions(box) {
    const table = box.querySelector("table");
    if (!table || !table.tHead) return;
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].map(clean);
    const form = document.createElement("form");
    form.className = "ask";
    const selects = heads.slice(0, Number(box.dataset.ask)).map((head) => {
      const label = document.createElement("label");
      const select = document.createElement("select");
      label.append(head, select);
      form.append(label);
      select.addEventListener("change", show);
      return select;
    });
    const reset = document.createElement("button");
    reset.type = "reset";
    reset.textContent = "Start again";
    form.append(reset);
    form.addEventListener("reset", () => setTimeout(show));
    form.addEventListener("submit", (event) => event.preventDefault());
    box.prepend(form);
    const count = status(box);

    const offers = (row, column) => clean(row.cells[column]).split(" or ");
    const fits = (row, column, answer) =>
      !answer || offers(row, column).some((offer) => offer === answer || offer === "any");

    /** Offer in each question what the other answers leave possible. */
    function show() {
      const answers = selects.map((select) => select.value);
      selects.forEach((select, column) => {
        const left = rows.filter((row) =>
          answers.every((answer, i) => i === column || fits(row, i, answer)));
        const known = new Set(left.flatMap((row) => offers(row, column)));
        known.delete("any");
        if (answers[column]) known.add(answers[column]);
        select.replaceChildren(new Option("no matter", ""));
        for (const offer of known) select.append(new Option(offer, offer));
        select.value = answers[column];
      });
      let shown = 0;
      for (const row of rows) {
        row.hidden = !selects.every((select, column) => fits(row, column, select.value));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = selects.some((select) => select.value)
        ? `${shown} of ${rows.length} recommendations fit` : "";
    }

    show();
  }

  document.querySelectorAll(".sortable").forEach(sortable);
  document.querySelectorAll(".questions").forEach(questions);
  for (const box of document.querySelectorAll(".sortable, .questions")) box.classList.add("ready");
})();
