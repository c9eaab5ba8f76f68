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

  /** Give the keyboard a button beside each label that opens the menu, the search or the contents. */
  function pressable() {
    const says = { __drawer: "Menu", __search: "Search" };
    for (const label of document.querySelectorAll("label[for]:is(.md-header__button, .md-nav__link, .md-nav__title)")) {
      const box = document.getElementById(label.htmlFor);
      if (!box || label.closest(".md-header__option")) continue;
      const button = document.createElement("button");
      button.className = `${label.className} pressable`;
      button.setAttribute("for", box.id); // Material's rules ask for it
      button.append(...[...label.childNodes].map((child) => child.cloneNode(true)));
      const back = label.matches(".md-nav__title") ? "Back from " : "";
      button.setAttribute("aria-label", back + (label.textContent.trim() || says[box.id] || "Contents"));
      const state = () => button.setAttribute("aria-expanded", box.checked);
      box.addEventListener("change", state);
      state();
      button.addEventListener("click", () => label.click());
      label.classList.add("pressed");
      label.removeAttribute("tabindex");
      label.after(button);
    }
    addEventListener("keydown", (event) => {
      const drawer = document.getElementById("__drawer");
      if (event.key !== "Escape" || !drawer.checked) return;
      drawer.click();
      document.querySelector("button.md-header__button[for=__drawer]").focus();
    });
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

  /** Put the page's Markdown on the clipboard, instead of opening it. */
  function copyPage() {
    const link = document.querySelector(".copy-page");
    if (!link || !navigator.clipboard) return;
    link.setAttribute("role", "button");
    const said = link.textContent;
    const act = async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      try {
        const answer = await fetch(link.href);
        if (!answer.ok) throw new Error(answer.statusText);
        await navigator.clipboard.writeText(await answer.text());
        link.textContent = "Copied";
        setTimeout(() => (link.textContent = said), 2000);
      } catch {
        location.assign(link.href);
      }
    };
    link.addEventListener("click", act);
    link.addEventListener("keydown", (event) => event.key === " " && act(event));
  }

  /** Questions to the list of all blocks: outcome, environment, age. */
  function filterBlocks() {
    const list = document.querySelector(".verification");
    if (!list) return;
    const rows = [...list.children];
    const values = (name) => [...new Set(rows.map((row) => row.dataset[name]))].sort();
    const day = 864e5;
    const asked = {
      Outcome: ["ran", "compared", "parsed", "written", "skipped", "out of date"],
      Environment: values("env"),
      "Last run": ["in the last 7 days", "in the last 30 days", "more than 30 days ago"],
    };
    const form = document.createElement("form");
    form.className = "chooser__ask";
    const [outcome, environment, age] = Object.entries(asked).map(([name, offers]) => {
      const label = document.createElement("label");
      const select = document.createElement("select");
      select.append(new Option("any", ""), ...offers.map((offer) => new Option(offer, offer)));
      label.append(name, select);
      form.append(label);
      return select;
    });
    const told = document.createElement("p");
    told.setAttribute("role", "status");

    function young(row) {
      const days = (Date.now() - Date.parse(row.dataset.date)) / day;
      if (age.value === asked["Last run"][0]) return days < 8;
      if (age.value === asked["Last run"][1]) return days < 31;
      return !age.value || !(days < 31);
    }

    function show() {
      let [pages, blocks] = [0, 0];
      for (const row of rows) {
        const items = [...row.querySelectorAll("li")];
        for (const item of items) item.hidden = Boolean(outcome.value) && item.dataset.o !== outcome.value;
        const left = items.filter((item) => !item.hidden).length;
        const stale = !items.length && outcome.value === "out of date";
        row.hidden = (!left && !stale && Boolean(outcome.value)) || (Boolean(environment.value) && row.dataset.env !== environment.value) || !young(row);
        pages += row.hidden ? 0 : 1;
        blocks += row.hidden ? 0 : left;
      }
      told.textContent = `${blocks} blocks on ${pages} pages`;
    }

    form.addEventListener("change", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    list.before(form, told);
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
  copyPage();
  filterBlocks();
  seek();
  corners();
  nameChapters();
  pressable();
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
