"""Compiled catalogues become pairs for training: read, chosen, and split without a leak."""

from __future__ import annotations

import json
import os
import re
import struct
from pathlib import Path

import pytest
from catalogues import load_pairs, messages, part, read_packages, usable

pytestmark = pytest.mark.work_folder
DATA = Path(os.environ["HANDBOOK_DATA"])
PAIRS = Path("weights/pairs.json")


def compile_catalogue(texts: list[tuple[bytes, bytes]]) -> bytes:
    """A little-endian .mo file of originals and translations."""
    tables: list[list[bytes]] = [[], []]
    start, heap = 28 + 2 * 8 * len(texts), b""
    for pair in texts:
        for table, text in zip(tables, pair, strict=True):
            table.append(struct.pack("<2I", len(text), start + len(heap)))
            heap += text + b"\0"
    sizes = (len(texts), 28, 28 + 8 * len(texts))
    header = struct.pack("<7I", 0x950412DE, 0, *sizes, 0, 0)
    return header + b"".join(tables[0] + tables[1]) + heap


def test_catalogue_is_read_without_contexts_and_plurals() -> None:
    catalogue = compile_catalogue(
        [
            (b"", b"Content-Type: text/plain\n"),
            (b"ctx\x04Save", "\u4fdd\u5b58".encode()),
            (b"%d page\0%d pages", "%d \u9875".encode()),
        ]
    )
    assert messages(catalogue) == {
        "": "Content-Type: text/plain\n",
        "Save": "\u4fdd\u5b58",
        "%d page": "%d \u9875",
    }


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ValueError) as error:
        messages(b"msgid")
    assert str(error.value) == "not a compiled catalogue"


def test_translated_line_is_usable() -> None:
    assert usable("Save", "\u4fdd\u5b58")


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        pytest.param("Save", "Save", id="not translated"),
        pytest.param("Save\nas", "\u4fdd\u5b58", id="two lines"),
        pytest.param("Save", "\u4fdd\u5b58 %(name)s", id="another placeholder"),
        pytest.param("%s", "\u7b2c %s", id="no words"),
        pytest.param("S" * 161, "\u4fdd", id="too long"),
    ],
)
def test_pair_to_learn_nothing_from_is_left_out(english: str, chinese: str) -> None:
    assert not usable(english, chinese)


def test_texts_that_hardly_differ_are_in_the_same_part() -> None:
    assert part("Delete page?") == part("delete  PAGE %d")
    assert part("Save") in ("train", "valid", "test")


@pytest.mark.parametrize("held_out", ["test", "valid"])
def test_no_held_out_text_is_trained_on(held_out: str) -> None:
    words = {
        name: {" ".join(re.findall("[a-z]+", pair.english.lower())) for pair in pairs}
        for name, pairs in load_pairs(PAIRS).items()
    }
    assert not words["train"] & words[held_out]


@pytest.mark.skipif(
    not (DATA / "wagtail-8.0.1-py3-none-any.whl").is_file(),
    reason="needs the packages of `make data`",
)
def test_committed_pairs_are_those_of_the_packages() -> None:
    pairs = [list(pair) for pair in read_packages(DATA)]
    assert pairs == json.loads(PAIRS.read_text("utf-8"))
