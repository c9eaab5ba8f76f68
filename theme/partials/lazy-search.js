/* Material fetches the search index and starts its worker with every page. Here both wait until
 * somebody searches, as does search-paste.js. This runs before Material's own script. */
(() => {
  "use strict";

  const NativeWorker = Worker;
  const { open, send } = XMLHttpRequest.prototype;
  const { paste } = document.currentScript.dataset;

  let start;
  const searched = new Promise((resolve) => (start = resolve));
  if (/[?&][hq]=/.test(location.search)) start();
  addEventListener("focusin", (event) => {
    if (event.target.closest("[data-md-component=search], #seek")) start();
  });
  addEventListener("change", (event) => {
    if (event.target.id === "__search") start();
  });
  searched.then(() => {
    const script = document.createElement("script");
    script.src = paste;
    document.head.append(script);
  });

  /** A query without what the search would take for operators: dashes before a flag, colons. */
  function plain(query) {
    return query
      .replace(/(^|[\s"'(])[-+*~^]+(?=\S)/g, "$1")
      .replace(/[:~^*](?!\s*$)|[~^:]/g, " ");
  }

  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.waits = /search_index\.json$/.test(address);
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.waits) searched.then(() => send.apply(this, body));
    else send.apply(this, body);
  };

  /** Stands in for the search's worker: keeps messages until somebody searches. */
  class LateWorker extends EventTarget {
    worker = null;
    kept = [];

    constructor(address, options) {
      super();
      searched.then(() => {
        this.worker = new NativeWorker(address, options);
        this.worker.onmessage = (event) => {
          this.dispatchEvent(new MessageEvent("message", { data: event.data }));
        };
        for (const message of this.kept) this.worker.postMessage(message);
      });
    }

    postMessage(message) {
      const query = typeof message.data === "string";
      const sent = query ? { ...message, data: plain(message.data) } : message;
      if (this.worker) this.worker.postMessage(sent);
      else this.kept.push(sent);
    }
  }

  window.Worker = function (address, options) {
    const late = /workers\/search/.test(address);
    return late ? new LateWorker(address, options) : new NativeWorker(address, options);
  };
})();
