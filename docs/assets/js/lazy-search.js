/* Material fetches the search index and starts its worker with every page. Here both wait until
 * somebody searches, as does search-paste.js. This runs before Material's own script. */
(() => {
  "use strict";

  const NativeWorker = Worker;
  const { open, send } = XMLHttpRequest.prototype;
  const { paste } = document.currentScript.dataset;

  let start, prepared;
  const searched = new Promise((resolve) => (start = resolve));
  const ready = new Promise((resolve) => (prepared = resolve));
  /** Fetch what prepares texts for the search. */
  let prepare = () => {
    const script = document.createElement("script");
    script.src = paste;
    script.onload = script.onerror = prepared;
    document.head.append(script);
    prepare = () => {};
  };
  searched.then(() => prepare());

  if (/[?&][hq]=/.test(location.search)) start();
  addEventListener("focusin", (event) => {
    if (event.target.closest("[data-md-component=search], #seek")) start();
    else if (event.target.closest(".faq-filter")) prepare();
  });
  addEventListener("change", (event) => {
    if (event.target.id === "__search") start();
  });

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
      Promise.all([searched, ready]).then(() => {
        this.worker = new NativeWorker(address, options);
        this.worker.onmessage = ({ data }) => {
          window.searchText?.drop(data.data?.items);
          this.dispatchEvent(new MessageEvent("message", { data }));
        };
        for (const message of this.kept) this.send(message);
      });
    }

    postMessage(message) {
      if (this.worker) this.send(message);
      else this.kept.push(message);
    }

    send(message) {
      const query = typeof message.data === "string" && window.searchText;
      const data = query ? query.workerQuery(message.data) : message.data;
      this.worker.postMessage({ ...message, data });
    }
  }

  window.Worker = function (address, options) {
    const late = /workers\/search/.test(address);
    return late ? new LateWorker(address, options) : new NativeWorker(address, options);
  };
})();
