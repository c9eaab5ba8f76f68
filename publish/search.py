"""The search index, small enough to fetch on a phone.

Material puts the whole text of every section into it, program code included.
Here a section keeps its beginning, which the result shows, and then each of
its words once. Of code stay what people search for: names of libraries'
functions and modules, flags, and all that an error says. Where the index is
still too large, the words that stand in the most sections go first.
"""

from __future__ import annotations

import collections
import gzip
import html
import json
import re
from pathlib import Path
from typing import Any

LIMIT = 128_000  # bytes, gzipped
SHOWN = 90  # characters of a section that its result shows
CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
WORD = re.compile(r"[^\W\d_][\w]*|\d+(?:\.\d+)+|0x\w+|_\w+|[\u4e00-\u9fff]+")
NAMES = re.compile(
    r"\.([A-Za-z_]\w{2,})|^\s*(?:from|import) +([\w.]+)|\bimport +(\w[\w, ]*)|(--[a-z][\w-]+)|\b([A-Z]\w*(?:Error|Exception|Warning)\b.*)"
    r"|\b([A-Z][A-Z0-9]+_[A-Z0-9_]+)\b|\b(\w+_\w*)=",
    re.MULTILINE,
)
COMMON = set(  # what lunr's own filter leaves out
    """a able about across after all almost also am among an and any are as at be because been but by can cannot could dear did do does
    either else ever every for from get got had has have he her hers him his how however i if in into is it its just least let like
    likely may me might most must my neither no nor not of off often on only or other our own rather said say says she should since so
    some than that the their them then there these they this tis to too twas us wants was we were what when where which while who whom
    why will with would yet you your""".split()  # noqa: SIM905
)


def text(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def words(section: dict[str, Any]) -> tuple[str, list[str]]:
    """What a result shows of a section, and the further words by which it is found."""
    prose = text(CODE.sub(" ", section["text"]))
    code = [html.unescape(re.sub(r"<[^>]+>", "", block)) for block in CODE.findall(section["text"])]
    head = prose if len(prose) <= SHOWN else prose[:SHOWN].rsplit(" ", 1)[0]
    further = prose[len(head) :] + " " + " ".join(found for block in code for match in NAMES.findall(block) for found in match)
    seen = {w.lower() for w in WORD.findall(f"{section['title']} {head}")} | COMMON
    kept = []
    for word in WORD.findall(further):
        if len(word) > 2 and word.lower() not in seen:
            seen.add(word.lower())
            kept.append(word)
    return head, kept


def slim(index: dict[str, Any], limit: int = LIMIT) -> dict[str, Any]:
    """The same index with less text."""
    found = [words(section) for section in index["docs"]]
    spread = collections.Counter(word.lower() for _, further in found for word in further)
    made = index
    for share in (1.0, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03):
        most = max(3.0, share * len(found))
        docs = []
        for section, (head, further) in zip(index["docs"], found, strict=True):
            rest = " ".join(sorted((w for w in further if spread[w.lower()] <= most), key=str.lower))
            shown = f"<p>{html.escape(head, quote=False)}</p>" if head else ""
            docs.append(section | {"text": shown + (f"<p>{html.escape(rest, quote=False)}</p>" if rest else "")})
        made = index | {"docs": docs}
        if len(gzip.compress(dumped(made), 6, mtime=0)) <= limit:
            break
    return made


def dumped(index: dict[str, Any]) -> bytes:
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()


def finish(site: Path) -> None:
    path = site / "search" / "search_index.json"
    if path.exists():
        path.write_bytes(dumped(slim(json.loads(path.read_text(encoding="utf-8")))))
