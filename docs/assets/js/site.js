/* What Material leaves out for people who do not use a mouse, and the home
 * page's chooser. Nothing here is needed to read a page. */
(() => {
  "use strict";

  const names = new Map([
    ["pre > code", "Code"],
    [".md-typeset__scrollwrap", "Table"],
    [".formula", "Formula"],
    [".diagram", "Diagram"],
  ]);

  /** Let the keyboard reach a box that scrolls, and say what it is. */
  function reach() {
    for (const [selector, name] of names) {
      for (const box of document.querySelectorAll(selector)) {
        const scrolls = box.scrollWidth > box.clientWidth + 1;
        if (scrolls && !box.hasAttribute("aria-label")) {
          box.tabIndex = 0;
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", `${name}, scrolls sideways`);
        } else if (!scrolls && box.getAttribute("role") === "group") {
          for (const attribute of ["tabindex", "role", "aria-label"]) {
            box.removeAttribute(attribute);
          }
        }
      }
    }
  }

  /** Name what opens a chapter in the drawer: its label is only an arrow. */
  function nameChapters() {
    for (const label of document.querySelectorAll(".md-nav__container > label")) {
      const link = label.parentElement.querySelector("a");
      const name = document.createElement("span");
      name.className = "unseen";
      name.textContent = link.textContent.trim();
      label.append(name);
    }
  }

  /** Name what Material adds to code blocks while the page is read. */
  function name() {
    for (const nav of document.querySelectorAll("nav.md-code__nav")) {
      nav.setAttribute("role", "presentation");
    }
    document.querySelectorAll(".md-annotation__index").forEach((mark) => {
      if (mark.hasAttribute("aria-label")) return;
      const number = mark.querySelector("[data-md-annotation-id]");
      const id = number ? number.dataset.mdAnnotationId : "";
      mark.setAttribute("aria-label", `Note ${id}`.trim());
    });
  }

  /** Turn the home page's table into two questions and their answers. */
  function choose() {
    const chooser = document.querySelector(".chooser");
    const table = chooser && chooser.querySelector("table");
    if (!table) return;
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const form = document.createElement("form");
    form.className = "chooser__ask";
    const questions = [0, 1].map((column) => {
      const label = document.createElement("label");
      const select = document.createElement("select");
      label.append(`${heads[column]} …`, select);
      form.append(label);
      select.addEventListener("change", show);
      return select;
    });
    const none = document.createElement("p");
    none.className = "chooser__none";
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
  }

  /** The empty corner of a table heads nothing: Markdown cannot say so. */
  function corners() {
    for (const head of document.querySelectorAll(".md-typeset th:empty")) {
      head.replaceWith(document.createElement("td"));
    }
  }

  choose();
  corners();
  nameChapters();
  name();
  reach();
  new MutationObserver((changes) => {
    name();
    const search = (change) => change.target.closest(".md-search-result");
    if (changes.some(search)) requestAnimationFrame(reach);
  }).observe(document.body, { childList: true, subtree: true });
  addEventListener("load", reach);
  addEventListener("resize", reach);
  addEventListener("change", () => requestAnimationFrame(reach));
})();
