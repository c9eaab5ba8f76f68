"""The search index, small enough to fetch on a phone.

Material puts the whole text of every section into it, program code included.
Here a page keeps its title, its description, the beginning of its text, which the
result shows, and then each word of all its sections once, which nobody reads.
A section keeps its title and its beginning. Of code stay what people search for:
names of libraries' functions and modules, flags, and all that an error says.
What is still too much is removed word by word, the least useful first: words of
prose that are on many pages. So the index stays under its limit while the site
grows.
"""

from __future__ import annotations

import collections
import gzip
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fenceproof.project import Project
from fenceproof.reader import load_page

LIMIT = 240_000  # bytes, gzipped, and only when somebody searches; the worker has 12,300
SHOWN = 90  # characters of a section that its result shows; fewer where its words alone do not fit
PROSE = 3  # a word of prose counts like a name that is on three times as many pages
# A page is found by what it is called, by what else it is called, and by what it says.
FIELDS = {"title": {"boost": 3.0}, "tags": {"boost": 3.0}, "text": {"boost": 1.0}}
LIST, ENTRY = 0.4, 1.1  # the worth of a page that lists others, and of an answer to one question
CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
WORD = re.compile(r"[^\W\d_][\w]*|\d+(?:\.\d+)+|0x\w+|_\w+|[\u4e00-\u9fff]+")
NAMES = re.compile(
    r"\.([A-Za-z_]\w{2,})|^\s*(?:from|import) +([\w.]+)|\bimport +(\w[\w, ]*)"
    r"|(--[a-z][\w-]+)|\b([A-Z]\w*(?:Error|Exception|Warning)\b.*)"
    r"|\b([A-Z][A-Z0-9]+_[A-Z0-9_]+)\b|\b(\w+_\w*)=",
    re.MULTILINE,
)
BLOCK = re.compile(r"(\w*)\s*<pre>(.*?)</pre>", re.DOTALL)
SAID = re.compile(r"\s*[\w.]*(?:Error|Warning|Exception|Unsupported)\b(?!\().")
FIGURE = re.compile(r"\d+\.\d+")
FLAG = re.compile(r"(?<!\S)--[a-z][\w-]+")
WILD = re.compile(r"\*+")  # the worker takes it for a part of any word
COMMON = set(  # what lunr's own filter leaves out
    """a able about across after all almost also am among an and any are as at be because been but
    by can cannot could dear did do does either else ever every for from get got had has have he
    her hers him his how however i if in into is it its just least let like likely may me might
    most must my neither no nor not of off often on only or other our own rather said say says
    she should since so some than that the their them then there these they this tis to too twas
    us wants was we were what when where which while who whom why will with would yet
    you your""".split()  # noqa: SIM905
)
# lunr tells nodes of its tree of words apart by a text that is ambiguous where words have digits:
# it then looks for words that do not exist, and fails (https://github.com/olivernn/lunr.js/issues/503)
AMBIGUOUS = re.compile(r"(\w)=\1\+(\w)\+(\w)\.id(?=\})")
Further = dict[str, int]  # a word: how willingly it is given up


def text(markup: str) -> str:
    return WILD.sub(" ", " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split()))


def beginning(section: dict[str, Any], shown: int) -> str:
    """What a result shows of a section."""
    prose = text(CODE.sub(" ", section["text"]))
    if len(prose) <= shown:
        return prose
    head = prose[:shown].rpartition(" ")[0]
    return head and f"{head} …"


def further_words(page: list[dict[str, Any]], about: str, shown: Iterable[str]) -> Further:
    """The words of a page's sections that are not in what is shown of it."""
    entry = page[0]["location"].startswith("faq/")  # is found by all that people say of it
    seen = {word.lower() for part in shown for word in WORD.findall(part)} | COMMON
    kept: Further = {}
    phrases = [(about, 0)]
    for section in page:
        blocks = [
            html.unescape(re.sub(r"<[^>]+>", "", block)) for block in CODE.findall(section["text"])
        ]
        names = " ".join(
            name for block in blocks for match in NAMES.findall(block) for name in match
        )
        flags = " ".join(flag for block in blocks for flag in FLAG.findall(block))
        phrases += [(flags, 0), (names, 1), (text(CODE.sub(" ", section["text"])), PROSE)]
        phrases += [(section["title"], 0)]
    for phrase, weight in sorted(phrases, key=lambda phrase: phrase[1]):
        for word in WORD.findall(phrase):
            if len(word) > 2 and word.lower() not in seen and (entry or not FIGURE.fullmatch(word)):
                seen.add(word.lower())
                plain = word.isalpha() and word[1:].islower()
                kept[word] = 0 if entry else weight if plain else min(weight, 1)
    return kept


def is_list(location: str) -> bool:
    """Whether it is on a chapter's first page, or on one about this site."""
    return location.partition("#")[0].count("/") < 2


def errors(page: list[dict[str, Any]]) -> list[str]:
    """What the page shows that a program said when something was wrong."""
    said: list[str] = []
    for section in page:
        for title, block in BLOCK.findall(section["text"]):
            lines = html.unescape(re.sub(r"<[^>]+>", "", block)).splitlines()
            said += lines if title in ("Error", "Warning") else filter(SAID.match, lines)
    return said


def distinct(said: str, known: Iterable[str]) -> str:
    """Each word of it once, without the known ones."""
    seen = {word.lower() for part in known for word in WORD.findall(part)} | COMMON
    kept = []
    for word in WORD.findall(said):
        if len(word) > 2 and word.lower() not in seen:
            seen.add(word.lower())
            kept.append(word)
    return " ".join(kept)


def by_page(index: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The index's sections, those of a page together, its own entry first."""
    pages: dict[str, list[dict[str, Any]]] = {}
    for section in index["docs"]:
        pages.setdefault(section["location"].partition("#")[0], []).append(section)
    return list(pages.values())


def slim(
    index: dict[str, Any],
    limit: int = LIMIT,
    known: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The same index with less text.

    Args:
        index: as Material writes it.
        limit: bytes, gzipped.
        known: the front matter of the pages, by location.

    Raises:
        ValueError: what a page is called and what it shows of errors takes more than the limit.
    """
    metas = known or {}
    config = index["config"] | {"fields": FIELDS}
    pages = by_page(index)
    slimmed: dict[str, Any] | None = None
    for shown in (SHOWN, SHOWN // 2, 0):
        parts = []
        for page in pages:
            meta = metas.get(page[0]["location"], {})
            heads = [beginning(section, shown) for section in page]
            about = str(meta.get("description", ""))
            aliases = [str(alias) for alias in meta.get("aliases", [])] + [about] * bool(about)
            said = distinct(" ".join(errors(page)), [page[0]["title"], *aliases])
            aliases += [said] * bool(said)
            words = further_words(page, "", [page[0]["title"], heads[0], *aliases])
            parts.append((page, heads, aliases, words))
        spread = collections.Counter(word.lower() for *_, words in parts for word in words)
        steps = sorted(
            {n * spread[w.lower()] for *_, words in parts for w, n in words.items()} | {0}
        )
        low, high = 0, len(steps) - 1
        while low <= high:  # the most that fits
            middle = high if (low, high) == (0, len(steps) - 1) else (low + high) // 2
            docs = [
                entry
                for page, heads, aliases, words in parts
                for entry in _short(
                    page,
                    heads,
                    aliases,
                    [w for w, n in words.items() if n * spread[w.lower()] <= steps[middle]],
                )
            ]
            candidate = index | {"config": config, "docs": docs}
            if len(gzip.compress(dump_json(candidate), 6, mtime=0)) <= limit:
                slimmed, low = candidate, middle + 1
            else:
                high = middle - 1
        if slimmed:
            return slimmed
    raise ValueError(f"the search index is over {limit:,} bytes with titles and aliases alone")


def _short(
    page: list[dict[str, Any]], heads: list[str], aliases: list[str], words: list[str]
) -> Iterable[dict[str, Any]]:
    """A page and its sections with their beginnings, and the page with its words."""
    location = page[0]["location"]
    boost = LIST if is_list(location) else ENTRY if location.startswith("faq/") else None
    for number, (section, head) in enumerate(zip(page, heads, strict=True)):
        if number and section["location"].startswith("faq/"):
            return  # an entry is short: it is found as a whole
        rest = "" if number else " ".join(sorted(words, key=str.lower))
        yield (
            section
            | {
                "title": WILD.sub(" ", section["title"]),
                "text": "".join(
                    f"<{tag}>{html.escape(part, quote=False)}</{tag}>"
                    for tag, part in (("p", head), ("samp", rest))  # site.css hides `samp`
                    if part
                ),
            }
            | ({"boost": boost} if boost else {})
            | ({"tags": aliases} if aliases and not number else {})
        )


def dump_json(index: dict[str, Any]) -> bytes:
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()


def finish(site: Path, project: Project) -> None:
    """Write the site's index anew.

    Args:
        site: the folder of the built site.
        project: what it was built from.
    """
    path = site / "search" / "search_index.json"
    if not path.exists():
        return
    for worker in site.glob("assets/javascripts/workers/search*.js"):
        code, found = AMBIGUOUS.subn(r'\1=\1+\2+\3.id+","', worker.read_text(encoding="utf-8"))
        if found != 1:
            raise ValueError(f"{worker.name}: lunr's TokenSet.toString is not where it was")
        worker.write_text(code, encoding="utf-8")
    known = {}
    for name in project.navigation:
        if name.endswith(".md"):
            page = load_page(project.docs / name, project)
            known[page.location] = page.meta
    path.write_bytes(dump_json(slim(json.loads(path.read_text(encoding="utf-8")), known=known)))
