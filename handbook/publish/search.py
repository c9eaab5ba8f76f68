"""The search index, small enough to fetch on a phone.

Material puts the whole text of every section into it, program code included.
Here a section keeps its title, its beginning, which the result shows, and then
each of its words once, which nobody reads. Of code stay what people search for:
names of libraries' functions and modules, flags, and all that an error says.
What is still too much is removed word by word, the least useful first: words of
prose that are in many sections. So the index stays under its limit while the
site grows.
"""

from __future__ import annotations

import collections
import gzip
import html
import json
import re
from pathlib import Path
from typing import Any

LIMIT = 152_000  # bytes, gzipped; the worker has 12,300
SHOWN = 90  # characters of a section that its result shows; fewer where its words alone do not fit
PROSE = 3  # a word of prose counts like a name that is in three times as many sections
CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
WORD = re.compile(r"[^\W\d_][\w]*|\d+(?:\.\d+)+|0x\w+|_\w+|[\u4e00-\u9fff]+")
NAMES = re.compile(
    r"\.([A-Za-z_]\w{2,})|^\s*(?:from|import) +([\w.]+)|\bimport +(\w[\w, ]*)"
    r"|(--[a-z][\w-]+)|\b([A-Z]\w*(?:Error|Exception|Warning)\b.*)"
    r"|\b([A-Z][A-Z0-9]+_[A-Z0-9_]+)\b|\b(\w+_\w*)=",
    re.MULTILINE,
)
FLAG = re.compile(r"(?<!\S)--[a-z][\w-]+")
COMMON = set(  # what lunr's own filter leaves out
    """a able about across after all almost also am among an and any are as at be because been but
    by can cannot could dear did do does either else ever every for from get got had has have he
    her hers him his how however i if in into is it its just least let like likely may me might
    most must my neither no nor not of off often on only or other our own rather said say says
    she should since so some than that the their them then there these they this tis to too twas
    us wants was we were what when where which while who whom why will with would yet
    you your""".split()  # noqa: SIM905
)


def text(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def words(section: dict[str, Any], shown: int = SHOWN) -> tuple[str, dict[str, int]]:
    """What a result shows of a section, and the further words by which it is found:
    the less a word's number, the more it finds.
    """
    prose = text(CODE.sub(" ", section["text"]))
    code = [html.unescape(re.sub(r"<[^>]+>", "", block)) for block in CODE.findall(section["text"])]
    head = prose if len(prose) <= shown else prose[:shown].rpartition(" ")[0]
    names = " ".join(name for block in code for match in NAMES.findall(block) for name in match)
    seen = {w.lower() for w in WORD.findall(f"{section['title']} {head}")} | COMMON
    kept: dict[str, int] = {}
    # is found by all that people say of their problem, and loses nothing
    entry = section["location"].startswith("faq/")
    flags = " ".join(flag for block in code for flag in FLAG.findall(block))
    for phrase, weight in ((flags, 0), (names, 1), (prose[len(head) :], PROSE)):
        for word in WORD.findall(phrase):
            if len(word) > 2 and word.lower() not in seen:
                seen.add(word.lower())
                kept[word] = (
                    0
                    if entry
                    else weight
                    if word.isalpha() and word[1:].islower()
                    else min(weight, 1)
                )
    return f"{head} …" if head and len(head) < len(prose) else head, kept


def slim(index: dict[str, Any], limit: int = LIMIT) -> dict[str, Any]:
    """The same index with less text."""
    slimmed = index
    for shown in (SHOWN, SHOWN // 2, 0):
        sections = [words(section, shown) for section in index["docs"]]
        spread = collections.Counter(word.lower() for _, further in sections for word in further)
        worth = [
            {word: weight * spread[word.lower()] for word, weight in further.items()}
            for _, further in sections
        ]
        steps = sorted({value for section in worth for value in section.values()} | {0})
        low, high = 0, len(steps) - 1
        while low <= high:  # the most that fits
            middle = high if (low, high) == (0, len(steps) - 1) else (low + high) // 2
            candidate = index | {
                "docs": [
                    _short(*each, steps[middle])
                    for each in zip(index["docs"], sections, worth, strict=True)
                ]
            }
            if len(gzip.compress(dump_json(candidate), 6, mtime=0)) <= limit:
                slimmed, low = candidate, middle + 1
            else:
                high = middle - 1
        if slimmed is not index:
            return slimmed
    return index | {"docs": [section | {"text": ""} for section in index["docs"]]}


def _short(
    section: dict[str, Any], parts: tuple[str, dict[str, int]], worth: dict[str, int], most: int
) -> dict[str, Any]:
    """A section with its beginning and the words that are in few enough sections."""
    rest = " ".join(sorted((word for word, value in worth.items() if value <= most), key=str.lower))
    return section | {
        "text": "".join(
            f"<{tag}>{html.escape(part, quote=False)}</{tag}>"
            for tag, part in (("p", parts[0]), ("samp", rest))  # site.css hides `samp`
            if part
        )
    }


def dump_json(index: dict[str, Any]) -> bytes:
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()


def finish(site: Path) -> None:
    path = site / "search" / "search_index.json"
    if path.exists():
        path.write_bytes(dump_json(slim(json.loads(path.read_text(encoding="utf-8")))))
