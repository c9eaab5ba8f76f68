"""English and Chinese, as translators of programs wrote them.

    python catalogues.py pairs.json

reads the compiled catalogues out of four packages in HANDBOOK_DATA (or
./data) and writes the pairs that the pages use.
"""

import json
import os
import re
import struct
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

PACKAGES = {
    "django": "django-5.2.19-py3-none-any.whl",
    "wagtail": "wagtail-8.0.1-py3-none-any.whl",
    "sphinx": "sphinx-9.0.4-py3-none-any.whl",
    "jupyterlab": "jupyterlab_language_pack_zh_cn-4.5.post3"
    "-py2.py3-none-any.whl",
}
CHINESE = re.compile("[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(
    r"%\(\w+\)[a-z]|%[0-9$.]*[sdrif]\b|%%|\{[^{}]*\}|</?[a-zA-Z][^<>]*>"
    r"|``[^`]+``|`[^`]+`|https?://\S+"
)


class Pair(NamedTuple):
    english: str
    chinese: str
    package: str


def messages(catalogue: bytes) -> dict[str, str]:
    """All of a .mo file: original to translation.

    Raises:
        ValueError: these bytes are no little-endian catalogue.
    """
    if catalogue[:4] != b"\xde\x12\x04\x95":
        raise ValueError("not a compiled catalogue")
    _, count, originals, translations = struct.unpack_from("<4I", catalogue, 4)
    found = {}
    for n in range(count):
        texts = []
        for table in (originals, translations):
            size, at = struct.unpack_from("<2I", catalogue, table + 8 * n)
            text = catalogue[at : at + size].decode()
            texts.append(text.split("\0")[0])  # Chinese has no plural
        found[texts[0].rpartition("\x04")[2]] = texts[1]  # without context
    return found


def usable(english: str, chinese: str) -> bool:
    """One line each, not too long, translated, no other placeholders."""
    return (
        0 < len(english) <= 160
        and 0 < len(chinese) <= 120
        and "\n" not in english + chinese
        and bool(CHINESE.search(chinese))
        and not CHINESE.search(english)
        and bool(re.search("[A-Za-z]{2}", english))
        and {*PLACEHOLDER.findall(chinese)} <= {*PLACEHOLDER.findall(english)}
    )


def read_packages(folder: Path) -> list[Pair]:
    """The pairs of all packages, each English text once.

    Raises:
        FileNotFoundError: a package is not there; the message says what
            to run.
    """
    pairs: dict[str, Pair] = {}
    for package, name in PACKAGES.items():
        try:
            wheel = zipfile.ZipFile(folder / name)
        except FileNotFoundError:
            raise FileNotFoundError(
                f"no {folder / name}: run `make data`, or set HANDBOOK_DATA "
                "to the folder that has it"
            ) from None
        with wheel:
            for path in sorted(wheel.namelist()):
                if not re.search(r"/zh_(Hans|CN)/LC_MESSAGES/\w+\.mo$", path):
                    continue
                for english, chinese in messages(wheel.read(path)).items():
                    english, chinese = english.strip(), chinese.strip()
                    if usable(english, chinese):
                        pair = Pair(english, chinese, package)
                        pairs.setdefault(english, pair)
    return list(pairs.values())


def part(english: str) -> str:
    """`test`, `valid` or `train`; the same for texts that hardly differ."""
    words = " ".join(re.findall("[a-z]+", english.lower()))
    number = int.from_bytes(sha256(words.encode()).digest()[:4]) % 100
    return "test" if number < 6 else "valid" if number < 8 else "train"


def load_pairs(path: Path) -> dict[str, list[Pair]]:
    """Saved pairs: `train`, `valid` and `test`."""
    parts: dict[str, list[Pair]] = {"train": [], "valid": [], "test": []}
    for entry in json.loads(path.read_text("utf-8")):
        pair = Pair(*entry)
        parts[part(pair.english)].append(pair)
    return parts


if __name__ == "__main__":
    try:
        found = read_packages(Path(os.environ.get("HANDBOOK_DATA", "data")))
    except FileNotFoundError as missing:
        sys.exit(str(missing))
    lines = ",\n".join(json.dumps(p, ensure_ascii=False) for p in found)
    Path(sys.argv[1]).write_text(f"[\n{lines}\n]\n", "utf-8")
    print(f"{len(found)} pairs")
