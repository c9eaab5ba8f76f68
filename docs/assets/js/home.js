/* The home page's chooser, the questions to the list of all blocks, and the
 * search of the page that is not there. Without this script the first two are
 * plain lists, which say the same. */
(() => {
  "use strict";

  /** Turn the home page's table into two questions and their answers. */
  function choose() {
    const chooser = document.querySelector(".chooser");
    const table = chooser && chooser.querySelector("table");
    if (!table) return;
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const form = document.createElement("form");
    form.className = "ask";
    const questions = [0, 1].map((column) => {
      const label = document.createElement("label");
      const select = document.createElement("select");
      label.append(`${heads[column]} …`, select);
      form.append(label);
      select.addEventListener("change", show);
      return select;
    });
    const none = document.createElement("p");
    none.className = "asked";
    none.setAttribute("role", "status");
    chooser.prepend(form);
    chooser.append(none);

    const text = (row, column) => row.cells[column].textContent.trim();

    function fits(row, answers) {
      return answers.every((answer, i) => !answer || text(row, i) === answer);
    }

    /** Offer in each question what the other one leaves possible. */
    function show() {
      const answers = questions.map((select) => select.value);
      questions.forEach((select, column) => {
        const others = answers.map((answer, i) => (i === column ? "" : answer));
        const left = rows.filter((row) => fits(row, others));
        const offers = new Set(left.map((row) => text(row, column)));
        const kept = offers.has(answers[column]) ? answers[column] : "";
        select.replaceChildren(new Option("anything", ""));
        for (const offer of offers) select.append(new Option(offer, offer));
        select.value = kept;
      });
      let shown = 0;
      for (const row of rows) {
        row.hidden = !fits(row, answers);
        shown += row.hidden ? 0 : 1;
      }
      none.textContent = answers.some(Boolean) ? `${shown} of ${rows.length} paths` : "";
    }

    show();
    chooser.classList.add("ready");
  }

  /** Questions to the list of all blocks: outcome, environment, age. */
  function filterBlocks() {
    const list = document.querySelector(".verification");
    if (!list) return;
    const rows = [...list.children];
    const form = document.querySelector(".ask");
    const told = document.querySelector(".asked");
    const [outcome, environment, age] = form.elements;

    function fits(row) {
      const days = Math.floor((Date.now() - Date.parse(row.dataset.date)) / 864e5);
      const [from, to] = age.value.split("-");
      return !age.value || (days >= from && days <= (to || Infinity)) || (!to && Number.isNaN(days));
    }

    function show() {
      let [pages, blocks] = [0, 0];
      for (const row of rows) {
        const items = [...row.querySelectorAll("li[data-o]")];
        for (const item of items) item.hidden = Boolean(outcome.value) && item.dataset.o !== outcome.value;
        // what went as expected is one item per outcome, with its number
        const left = items.reduce((sum, item) => sum + (item.hidden ? 0 : Number(item.dataset.n ?? 1)), 0);
        const stale = !items.length && outcome.value === "out of date";
        row.hidden = (!left && !stale && Boolean(outcome.value)) || (Boolean(environment.value) && row.dataset.env !== environment.value) || !fits(row);
        pages += row.hidden ? 0 : 1;
        blocks += row.hidden ? 0 : left;
      }
      told.textContent = `${blocks} blocks on ${pages} pages`;
    }

    form.addEventListener("change", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  /** A page that is not there: what its address says is the first search. */
  function seek() {
    const input = document.getElementById("seek");
    if (!input) return;
    const last = location.pathname.split("/").filter(Boolean).pop() || "";
    input.value = decodeURIComponent(last).replace(/\.html?$/, "").replace(/[-_]+/g, " ");
  }

  choose();
  filterBlocks();
  seek();
})();
