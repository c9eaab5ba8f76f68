/* What people type and paste into a search field, made ready for the search. Of a pasted log
 * its error stays, without what the terminal, the container and the logger wrote before each
 * line, and without the paths, numbers and signs that are on no page. Typed text is left as it
 * is in the field; the worker gets its words, and less so their other forms.
 * `tests/search.cjs` runs the same functions in node. */
(() => {
  "use strict";

  const WORDS = 18; // of an error: what comes later are its details
  const FEW = 3; // words say too little: the lines before are needed as well
  // Characters of a text, of a line, and of what may stand before it: a paste takes no time.
  const [TEXT, LINE, PREFIX] = [200_000, 2000, 300];

  const list = (words) => new Set(words.split(/\s+/));
  const COMMON = list(
    `a after all am an and another any are as at be been but by can cannot could did do does for from
    get got had has have how i if in into is it its make may me more most must my need no not
    of on only or our out should so some than that the their them then there these they this
    those to too try trying up use used using was we were what when where which while who why
    will with would you your`);
  const KINDS = list(
    `runtimeerror valueerror typeerror attributeerror exception error traceback`);

  const ESCAPE = String.raw`(?:${String.fromCharCode(27)}|\u241b|\\u001b|\\x1b|\\033|\^\[)`;
  const COLOR = new RegExp(String.raw`${ESCAPE}\[[\d;?]*[A-Za-z]`, "gi");
  const TIME = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[ ]?[+-]\d\d:?\d\d)?`;
  const LEVEL = String.raw`(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL)`;
  /** What stands before a line that a program wrote. */
  const BEFORE = [
    /^\s*(?:\||\+[-+]*[-+ ]*(?:\d+ -+|$|-{4,}.*$)) ?/, // an ExceptionGroup's frame
    /^[\w.-]+\s+\| ?/, // docker compose
    new RegExp(`^\\[?${TIME}\\]?(?: +std(?:err|out) [FP])?(?: |$)`), // CRI, docker, CI, loggers
    /^[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(?:\.\d+)? +(?=\S)/, // journald and syslog: the time,
    /^\S+ +[\w.@/-]+\[\d+\]: ?/, // the host and the unit
    /^[\w.@/-]+\[\d+\]: ?/,
    /^\[(?:rank|default|trainer|worker)\d*\]: ?/, // torchrun
    /^\((?:[^()]* )?pid=\d+(?:, [^()]*)?\) ?/, // Ray
    /^\((?:raylet|autoscaler|driver)[^()]*\) ?/,
    /^\[pod\/[^\]]+\] ?/, // kubectl logs --prefix
    new RegExp(`^- (?:[\\w.]+ - )?(?=\\[?${LEVEL}\\b)`), // time - logger - level - message
    /^\[\d+\] (?=\[)|^\[\d+\] *(?=\w*Traceback)/, // a process
  ];
  /** The same, where a logger begins a message. */
  const RECORD = [
    new RegExp(`^\\[?${LEVEL}\\]?(?: *:|[ \\t]+[-|:]?)[ \\t]*(?:[\\w.]+:(?=\\S))?`),
    /^[EFIWV]\d{4} [\d:.]+ +\d+ [^\]\s]+\] ?/, // glog
    /^\d\d-\d\d \d\d:\d\d:\d\d \[[\w.]+:\d+\] ?/, // vLLM
    /^\[[EFIWV]:\w+:[^\]]*\] ?/, // ONNX Runtime
    /^\[\d\d\/\d\d\/\d{4}-[\d:]+\] ?|^\[(?:TRT|TensorRT)\] ?(?:\[[EFIWV]\] ?)?/, // TensorRT
    /^[\w.]+:[\w<>]+:\d+ - /, // loguru
  ];
  const FRAME = /^\s*File ".*", line \d+|^\s*File .*, in \S+$/i;
  const BETWEEN = /^\s*(?:Traceback \(most recent|(?:Exception Group )?Traceback|During handling|The above exc|\^|~|Exception raised from .*\(most recent call first\))/i;
  const KIND = /^[\w.]*?(?:error|exception|warning|unsupported|interrupt|fail\w*|invalidargument|noSuchFile|invalidtoken|missing)\b/i;
  // they say that something failed, and not what
  const WRAPPER = /^[\w.]*(?:ExceptionGroup|ChildFailedError|CalledProcessError|RayTaskError|ActorDiedError|ProcessRaisedException|SystemExit|KeyboardInterrupt|CancelledError)\b/;
  const SAYS = /^(?:exc_?info|exc_?text|exception|traceback|stack_?trace|stack|error|err|message|msg|log|text|textpayload|event|detail)$/i;

  /** A line without what others than the program wrote before it, and whether a logger did. */
  function bare(line) {
    let start = line.slice(0, PREFIX);
    const rest = line.slice(PREFIX);
    let before;
    let logged = false;
    do {
      before = start;
      for (const prefix of BEFORE) start = start.replace(prefix, "");
      for (const prefix of RECORD) {
        logged ||= prefix.test(start);
        start = start.replace(prefix, "");
      }
    } while (start !== before);
    return { line: start + rest, logged };
  }

  /** What a logger's object says of an error, the traceback last. */
  function said(value, key = "") {
    if (typeof value === "string") return SAYS.test(key) ? [value] : [];
    if (!value || typeof value !== "object") return [];
    return Object.entries(value)
      .flatMap(([name, inner]) => said(inner, Array.isArray(value) ? key : name))
      .sort((a, b) => a.includes("Traceback") - b.includes("Traceback"));
  }

  /** The lines that the program wrote. */
  function plainLines(text) {
    return text.replace(COLOR, "").split(/\r?\n/).flatMap((whole) => {
      const own = bare(whole);
      if (!/^\s*\{.*["']/.test(own.line)) return [own];
      try {
        const parts = said(JSON.parse(own.line));
        if (parts.length) return parts.flatMap(plainLines);
      } catch {
        // cut off, or no JSON
      }
      return [own];
    });
  }

  /** The lines of a pasted text that say what went wrong, and the ones before them. */
  function errorLines(text) {
    const all = plainLines(text).filter(
      ({ line }) => line.trim() && !BETWEEN.test(line.slice(0, PREFIX)),
    );
    const lines = all.map(({ line }) => line.slice(0, LINE));
    const heads = []; // the first line of each error
    let open = true; // whether an error may begin here: first of all, and after a frame
    let last = -1;
    lines.forEach((line, n) => {
      if (FRAME.test(line)) {
        open = true;
        last = n;
      } else if (open && KIND.test(line)) {
        heads.push(n);
        open = false;
      }
    });
    const head = heads.findLast((n) => !WRAPPER.test(lines[n])) ?? heads.at(-1);
    const ended = heads.at(-1) > last || !lines.slice(last + 1).some((line) => /^\S/.test(line));
    if (head !== undefined && ended) {
      const end = lines.findIndex((line, n) => n > head && (FRAME.test(line) || all[n].logged));
      return part(lines, head, Math.min(head + 4, end < 0 ? Infinity : end));
    }
    if (last < 0) return part(lines, 0, 50);
    const rest = lines.slice(last + 1);
    const flush = last + 1 + Math.max(0, rest.findIndex((line) => /^\S/.test(line)));
    return part(lines, flush, flush + 4);
  }

  /** Some lines, and what before them may say more: of a traceback, an assertion only. */
  function part(lines, start, end) {
    const before = lines.slice(Math.max(0, start - 3), start);
    const traced = lines.slice(0, start).some((line) => FRAME.test(line));
    return {
      lines: lines.slice(start, end),
      before: traced ? before.filter((line) => /^\s*assert\b/.test(line)) : before,
    };
  }

  /** What of a path is on a page: the package that it is in, and a library's own name. */
  function pathWords(path) {
    const parts = path.split(/[\\/]+/);
    const place = parts.findLastIndex((part) => /^(?:site|dist)-packages$/.test(part));
    const name = parts.at(-1);
    const kept = place >= 0 && place + 1 < parts.length - 1 ? [parts[place + 1]] : [];
    if (/\.(?:so[.\d]*|dll|dylib|pyd|exe)$|^lib\w/i.test(name)) kept.push(name);
    return ` ${kept.join(" ")} `;
  }

  /** What of some lines is worth searching for, each word once. */
  function wordsOf(lines) {
    const plain = lines
      .join(" ")
      .replace(/^(?:\w+\.)+(?=\w+(?::| |$))/, " ") // where the exception lives
      .replace(/\bhttps?:\/\/\S+/g, " ")
      .replace(/(?:\b[A-Za-z]:)?(?:[\\/][\w.@+-]+){2,}[\\/]?/g, pathWords)
      .replace(/\b0x[0-9a-f]{5,}\b/gi, " ")
      .replace(/(?<![\w.])\d+\.\d+\.\d+\.\d+(?![\w.])/g, " ")
      .replace(/\.(?!\w)|[^\p{L}\p{N}_.]+|(?<=\W)\.+/gu, " ")
      .replace(/(^| )[\d.]+(?= |$)/g, " ");
    const kept = [];
    const seen = new Set();
    for (const word of plain.split(" ")) {
      const small = word.toLowerCase();
      if (small.length < 2 || seen.has(small) || COMMON.has(small) || KINDS.has(small)) continue;
      seen.add(small);
      kept.push(word);
    }
    return kept;
  }

  /** What of a pasted text is worth searching for. */
  function errorWords(text) {
    const { lines, before } = errorLines(text.slice(-TEXT));
    let words = wordsOf(lines);
    if (words.length < FEW) words = wordsOf([...lines, ...before]);
    return words.slice(0, WORDS).join(" ") || text.trim().slice(0, LINE);
  }

  const SIGNS = /[\s\-,:!?;=[\]()"'`/|<>{}*~^&]+|\.(?!\d)|(?<!\w\+?)\+/;
  const ENDING =
    /(?:i[sz]ations?|ations?|i[sz]ing|i[sz]ed|i[sz]e[sr]?s?|ements?|ments?|ness|ings?|ions?|ors?|ers?|ed|es|ly|s|e)$/;

  // what people write short, or in another of several usual ways
  const ALSO = {
    aoti: "aotinductor", bf16: "bfloat16", "c++": "cpp", cores: "threads", crash: "segmentation", crashes:
    "segmentation", docker: "container", et: "executorch", fp16: "half", fp32: "float32",
    hf: "hugging", js: "javascript", k8s: "kubernetes", oom: "memory", ort: "onnxruntime", ram:
    "memory", segfault: "segmentation", torchscript: "jit", trt: "tensorrt", vram: "gpu",
  };

  /** The beginning that a word shares with its other forms. */
  function stem(word) {
    if (!/^[a-z]{5,}$/.test(word)) return word;
    const short = word.replace(ENDING, "");
    return short.length >= 4 ? short : word;
  }

  /** A query in the worker's language: each word, and worth less, the words that begin alike. */
  function workerQuery(query) {
    const words = query.toLowerCase().split(SIGNS).filter(Boolean);
    const rare = words.filter((word) => !COMMON.has(word) && (word.length > 1 || /[^\w]/.test(word)));
    const kept = rare.length ? rare : words;
    const unfinished = /\w$/.test(query) ? kept.at(-1) : "";
    const also = kept.map((word) => ALSO[word]).filter((word) => word && !kept.includes(word));
    return [...new Set(kept)]
      .map((word) => {
        const start = stem(word);
        const open = word === unfinished || /[a-z]{4}|[^ -~]/.test(start);
        return `${word}^3` + (open ? ` ${start}*^1` : "");
      })
      .concat(also.map((word) => `${word}^2`))
      .join(" ");
  }

  /** Drop from results what they lack only in another form than was typed. */
  function drop(items = []) {
    for (const { terms } of items.flat()) {
      const words = Object.keys(terms);
      const starts = new Set(words.map(stem).filter((start, n) => start !== words[n]));
      for (const word of words) starts.add(ALSO[word]);
      for (const word of words) {
        if (!terms[word] && (starts.has(word) || terms[stem(word)])) delete terms[word];
      }
    }
  }

  window.searchText = { drop, errorWords, workerQuery };

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
