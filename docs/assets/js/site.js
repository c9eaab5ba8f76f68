/* What Material leaves out for people who do not use a mouse. Nothing here is needed to read a page. */
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

  copyPage();
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
