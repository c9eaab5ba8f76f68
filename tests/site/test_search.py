"""Search works with what people type and paste: a log with an error finds its entry, and a
question in other words than the page's own finds its page.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fenceproof.page import Page
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from fenceproof.run.pace import patience
from tests import browser
from tests.search import Ask, searching

PROJECT = find_project(Path(__file__))
PAGES = [parse_page(path, PROJECT) for path in PROJECT.pages() if "." not in path.stem]
ENTRIES = {
    page.path.stem: page
    for page in PAGES
    if page.name.startswith("faq/") and page.name != "faq/index"
}
FIRST, QUICK = 3, 4
MODULE = "/home/anna/.venv/lib/python3.12/site-packages/torch/nn/modules/module.py"
TRACEBACK = f"""\
Traceback (most recent call last):
  File "/home/anna/projects/shop/serve.py", line 128, in <module>
    main()
  File "/home/anna/projects/shop/serve.py", line 97, in main
    answer = predict(load(path), images.to(device))
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{MODULE}", line 1775, in _call_impl
    return forward_call(*args, **kwargs)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{{error}}
"""
# Checks of a page's own program say this: no entry is about it, although some share its words.
OWN = re.compile(
    "|".join([r"axis 2 of \(4, 3, 16, 8\)", r"[\w.-]+ is not the file that was", "is in training"])
)
# These are numbers, which are on no page.
WITHOUT_WORDS = re.compile(r"expected \(n, 1, 40, 40\), got|axis 2 of \(4, 3, 16, 8\)")
NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")


SPOKEN = re.compile(r"[\w.]*(?:Error|Warning|Exception|Unsupported)\b(?!\().")


def words(text: str) -> set[str]:
    return {
        word
        for word in re.findall(r"[a-z_]{3,}", text.lower())
        if word not in {"error", "runtimeerror", "deprecationwarning", "the", "and", "with"}
    }


def errors(page: Page) -> list[str]:
    """What the page shows that Python said: its Error fences, each of its warnings, and errors
    in its consoles and outputs.
    """
    found = []
    for block in page.blocks:
        lines = [line.strip() for line in block.code.splitlines()]
        spoken = [line for line in lines if SPOKEN.match(line)]
        if block.kind == "error":
            found.append(block.code)
        elif block.kind == "warning":
            found += spoken or [block.code]
        elif block.kind == "output" or block.lang in ("console", "bash", "text"):
            found += spoken
    return [said.replace("...", " ") for said in found]


def query_of(page: Page) -> tuple[str, bool]:
    """What somebody with this problem pastes or types: its error, or the question itself;
    and whether it is an error.
    """
    title = str(page.meta["title"])
    best = max(errors(page), key=lambda e: len(words(e) & words(title)), default="")
    shared = len(words(best) & words(title)) / max(1, len(words(title)))
    return (best, True) if shared >= 0.5 else (title, False)


def variations(page: Page) -> dict[str, str]:
    """The same problem, as others see it."""
    text, error = query_of(page)
    if not error:
        return {"asked": text, "lower case": text.lower()}
    half = text[: max(140, len(text) // 2)].rsplit(" ", 1)[0] if len(text) > 160 else text
    title = words(str(page.meta["title"]))
    elsewhere = TRACEBACK.format(error=NUMBER.sub(lambda m: str(int(m[0]) + 7), text))
    return {
        "traceback": TRACEBACK.format(error=text),
        "other path and numbers": elsewhere.replace(
            "/home/anna/projects/shop", r"C:\Users\Bo\repos\my-service"
        ),
        "lower case": TRACEBACK.format(error=text).lower(),
        "one line only": max(text.splitlines(), key=lambda line: len(words(line) & title)),
        "cut in half": TRACEBACK.format(error=half),
    }


PLAIN = """\
Traceback (most recent call last):
  File "/app/serve.py", line 12, in <module>
    scores = model(batch)
  File "/usr/local/lib/python3.12/site-packages/torch/nn/modules/linear.py", line 125, in forward
    return F.linear(input, self.weight, self.bias)
RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x1444 and 900x10)"""
STAMP = "2026-11-30T12:00:01.123456789Z"


def before(prefix: str) -> Callable[[str], str]:
    return lambda text: "\n".join(prefix + line for line in text.splitlines())


def grouped(text: str) -> str:
    """As Python writes an exception that a TaskGroup raises."""
    return "\n".join(
        [
            "  + Exception Group Traceback (most recent call last):",
            '  |   File "/app/main.py", line 9, in main',
            "  |     async with asyncio.TaskGroup() as group:",
            "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
            "  +-+---------------- 1 ----------------",
            *(f"    | {line}" for line in text.splitlines()),
            "    +------------------------------------",
        ]
    )


def colored(text: str) -> str:
    return "\n".join(
        line.replace("File", "File \x1b[35m").replace(", line", "\x1b[0m, line")
        if "File" in line
        else "\x1b[1;35m" + line.replace(": ", "\x1b[0m: \x1b[35m", 1) + "\x1b[0m"
        for line in text.splitlines()
    )


LOGS: dict[str, Callable[[str], str]] = {
    "docker compose": before("web-1  | "),
    "docker compose, colored": before("\x1b[36mweb-1  |\x1b[0m "),
    "docker compose with times": before(f"serving_api-2  | {STAMP} "),
    "docker logs --timestamps": before(f"{STAMP} "),
    "docker's json-file": lambda text: "\n".join(
        json.dumps({"log": f"{line}\n", "stream": "stderr", "time": STAMP})
        for line in text.splitlines()
    ),
    "containerd": before(f"{STAMP} stderr F "),
    "kubectl logs --prefix": before("[pod/web-7d9c5bd6f4-x2x9p/web] "),
    "journald": before("Nov 30 12:00:01 gpu-01 uvicorn[4711]: "),
    "journald, short-iso": before("2026-11-30T12:00:01+0100 gpu-01 python3[4711]: "),
    "syslog without a time": before("gpu-01 python[4711]: "),
    "JSON with the traceback": lambda text: json.dumps(
        {"timestamp": STAMP, "level": "error", "message": "request failed", "exc_info": text}
    ),
    "JSON in the message": lambda text: json.dumps({"message": text, "severity": "ERROR"}),
    "nested JSON": lambda text: json.dumps(
        {"event": "failed", "error": {"kind": "RuntimeError", "stack": text}}
    ),
    "JSON in docker compose": lambda text: "web-1  | " + json.dumps({"message": text}),
    "torchrun": before("[rank0]: "),
    "torchrun, default": before("[default1]:"),
    "Ray Serve": before("(ServeReplica:default:Shop pid=4711) "),
    "Ray on another node": before("(ServeReplica:default:Shop pid=4711, ip=10.0.0.7) "),
    "an ExceptionGroup": grouped,
    "an ExceptionGroup in docker compose": lambda text: before("web-1  | ")(grouped(text)),
    "colors": colored,
    "colors without the escape": lambda text: colored(text).replace("\x1b", "^["),
    "Windows": lambda text: text.replace("/app/", "C:\\Users\\Bo Li\\shop\\").replace("/", "\\"),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "a logger": lambda text: f"2026-11-30 12:00:01,123 ERROR [serve] request failed\n{text}",
    "uvicorn": lambda text: f"ERROR:    Exception in ASGI application\n{text}",
    "the line alone in a log": lambda text: (
        "2026-11-30 12:00:01,123 - serve - ERROR - " + text.splitlines()[-1]
    ),
    "a level and a logger": lambda text: "ERROR:serve.api:" + text.splitlines()[-1],
    "what follows it": lambda text: (
        f'{text}\nINFO:     127.0.0.1:53122 - "POST /predict HTTP/1.1" 500 Internal Server Error'
    ),
    "loguru": lambda text: (
        f"2026-11-30 12:00:01.123 | ERROR    | serve.api:predict:28 - {text.splitlines()[-1]}"
    ),
    "vLLM": before("(EngineCore_0 pid=4711) ERROR 11-30 12:00:01 [core.py:700] "),
    "AWS Lambda": lambda text: "\n".join(
        [f"[ERROR] {text.splitlines()[-1]}", *text.splitlines()[:-1]]
    ),
    "torchrun's own report": lambda text: (
        before("[rank0]: ")(text) + "\nTraceback (most recent call last):\n"
        '  File "/usr/local/bin/torchrun", line 8, in <module>\n    sys.exit(main())\n'
        "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
        "============================================================\nserve.py FAILED"
    ),
}


@pytest.fixture(scope="module")
def ask(site: Path) -> Iterator[Ask]:
    with searching(site) as ask:
        yield ask


def faults_of(query: str, pages: list[str], wanted: set[str], how: str) -> list[str]:
    """What is wrong with an answer of the search, if anything."""
    if wanted & set(pages[:FIRST]):
        return []
    place = next((n for n, page in enumerate(pages, 1) if page in wanted), None)
    return [f"{how}: place {place}, before it {pages[:FIRST]}; searched {query!r}"]


def test_a_pasted_error_finds_its_entry(ask: Ask) -> None:
    faults, first, asked_for = [], 0, 0
    for name, entry in ENTRIES.items():
        for how, text in variations(entry).items():
            query, pages = ask(text, True)
            faults += faults_of(query, pages, {f"faq/{name}"}, f"{name}, {how}")
            asked_for, first = asked_for + 1, first + (pages[:1] == [f"faq/{name}"])
    browser.assert_no_faults(faults)
    assert first > 0.8 * asked_for, f"only {first} of {asked_for} found their entry first"


@pytest.mark.parametrize("log", LOGS)
def test_a_log_is_searched_like_its_error(ask: Ask, log: str) -> None:
    query, pages = ask(LOGS[log](PLAIN), True)
    assert query == ask(PLAIN, True)[0] == "mat1 mat2 shapes multiplied 1x1444 900x10"
    assert pages[0] == "faq/shapes-cannot-be-multiplied"


@pytest.mark.parametrize(
    "part", ["a", "a.", "a-", "| ", "[", "/a", '{"a":', "web-1  | Traceback\n"]
)
def test_a_very_long_paste_is_cut(ask: Ask, part: str) -> None:
    """Its time grew with the square of a line's length: a line of 200,000 took a minute."""
    assert len(ask(part * (200_000 // len(part)), True)[0]) <= 2000


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (
            "ImportError: /opt/venv/lib/python3.12/site-packages/torch/lib/libtorch_cuda.so: "
            "undefined symbol: ncclCommRegister",
            "ImportError torch libtorch_cuda.so undefined symbol ncclCommRegister",
        ),
        (
            "OSError: [WinError 126] Error loading "
            r'"C:\Users\Bo\anaconda3\Lib\site-packages\torch\lib\fbgemm.dll" '
            "or one of its dependencies.",
            "OSError WinError loading torch fbgemm.dll one dependencies",
        ),
        ("FileNotFoundError: /srv/models/2026/shop.pt2", "FileNotFoundError"),
        (
            "\x1b[1;31m2026-11-30 12:00:01.1 [E:onnxruntime:Default, provider.cc:1778 "
            "TryGetProviderInfo_CUDA] /onnxruntime_src/onnxruntime/core/session/provider.cc:1452 "
            "onnxruntime::Provider& Failed to load library libonnxruntime_providers_cuda.so\x1b[m",
            "onnxruntime Provider Failed load library libonnxruntime_providers_cuda.so",
        ),
        (
            "OSError: /usr/lib/x86_64-linux-gnu/libcudnn.so.8: cannot open shared object file",
            "OSError libcudnn.so.8 open shared object file",
        ),
    ],
)
def test_a_library_is_kept_of_its_path(ask: Ask, text: str, query: str) -> None:
    assert ask(text, True)[0] == query


def test_each_error_that_a_page_shows_finds_its_entry(ask: Ask) -> None:
    """Or, where no entry is about it, a page that shows it."""
    said = {page.name: errors(page) for page in PAGES}
    known = {
        f"faq/{name}": [
            words(str(entry.meta["title"])),
            *(words(text) for text in [*said[entry.name], *entry.meta.get("aliases", [])]),
        ]
        for name, entry in ENTRIES.items()
    }
    faults, seen = [], set()
    for page, texts in said.items():
        for text in texts:
            spoken = words(text)
            if len(spoken) < 2 or spoken in seen or WITHOUT_WORDS.search(text):
                continue
            seen.add(frozenset(spoken))
            shared = {
                name: max(len(spoken & other) / len(spoken) for other in others)
                for name, others in known.items()
            }
            most = max(shared.values())
            wanted = {name for name in shared if shared[name] >= max(0.6, 0.9 * most)}
            if OWN.search(text) or not wanted:
                wanted = {name for name, others in said.items() if text in others}
            query, pages = ask(TRACEBACK.format(error=text), True)
            faults += faults_of(query, pages, wanted, f"{page}, {text!r}, wanted {wanted}")
    assert len(seen) > 150
    browser.assert_no_faults(faults)


def test_what_people_reported_finds_its_entry(ask: Ask) -> None:
    with (PROJECT.root / "tests/site/faq-reports.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if "faq/" in row["entry"]]
    faults = [
        fault
        for row in rows
        for fault in faults_of(
            *ask(row["text"], True), {row["entry"].partition("#")[0]}, row["source"]
        )
    ]
    assert len(faults) <= 0.03 * len(rows), "\n".join(faults)


def test_questions_in_other_words_find_their_page(ask: Ask) -> None:
    with (PROJECT.root / "tests/site/queries.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) >= 150
    faults = [
        fault
        for row in rows
        for fault in faults_of(*ask(row["query"], False), set(row["pages"].split()), row["query"])
    ]
    assert len(faults) <= 0.1 * len(rows), "\n".join([f"{len(faults)} of {len(rows)}", *faults])


PASTE = """async ([text, limit]) => {
    const field = document.querySelector("[data-md-component=search-query]");
    const list = document.querySelector(".md-search-result__list");
    const wait = test => new Promise(done => {
        const begin = Date.now();
        const look = () => test() || Date.now() - begin > limit ? done() : setTimeout(look, 15);
        look();
    });
    const meta = document.querySelector(".md-search-result__meta");
    await wait(() => !/initiali/i.test(meta.textContent));
    field.value = "";
    field.dispatchEvent(new Event("keyup", {bubbles: true}));
    await wait(() => !list.children.length);
    const before = meta.textContent;
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const options = {clipboardData: data, bubbles: true, cancelable: true};
    const event = new ClipboardEvent("paste", options);
    if (field.dispatchEvent(event)) {
        field.value = text.replace(/\\r?\\n/g, "");
        field.dispatchEvent(new Event("keyup", {bubbles: true}));
    }
    await wait(() => list.children.length || meta.textContent !== before);
    const links = [...list.children].map(item => item.querySelector("a").getAttribute("href"));
    return {query: field.value, links};
}"""


def search(tab: Any, text: str) -> tuple[str, list[str]]:
    """What stands in the field after pasting, and the pages found, best first."""
    result = tab.evaluate(PASTE, [text, patience(15_000)])
    return result["query"], [
        link.split("?")[0].split("#")[0].strip("/").split("/")[-1] for link in result["links"]
    ]


@pytest.mark.parametrize(
    "slow", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["sample", "every"]
)
def test_a_browser_finds_what_the_script_finds(served: str, chromium: Any, slow: bool) -> None:
    names = list(ENTRIES) if slow else browser.spread(list(ENTRIES), QUICK)
    faults, first, asked_for = [], 0, 0
    with browser.tab(chromium) as tab:
        tab.goto(served, wait_until="load")
        tab.focus("[data-md-component=search-query]")
        for name in names:
            for how, text in variations(ENTRIES[name]).items():
                query, links = search(tab, text)
                asked_for, first = asked_for + 1, first + (links[:1] == [name])
                if name not in links[:FIRST]:
                    place = links.index(name) + 1 if name in links else None
                    faults.append(
                        f"{name}, {how}: place {place}, before it {links[:FIRST]}; "
                        f"searched {query!r}"
                    )
    browser.assert_no_faults(faults)
    assert first > 0.8 * asked_for, f"only {first} of {asked_for} found their entry first"
