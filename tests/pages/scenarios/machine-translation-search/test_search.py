"""Greedy and beam search: loops, rows that stop, and batches."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogues import load_pairs
from decoding import Greedy, beam_search, loops, translate
from translator import pad
from weights import load

from tests.pages.scenarios.untrained_translator import LONGEST, SOURCES, untrained

pytestmark = pytest.mark.work_folder


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([1, 2, 3], False),
        ([9, 1, 1, 1, 1], True),
        ([1, 2, 3, 4] * 4, True),
        ([1, 2, 3, 4, 5] * 4, False),
    ],
)
def test_four_times_up_to_four_pieces_are_a_loop(pieces: list[int], expected: bool) -> None:
    assert loops(pieces) is expected


def test_stopped_row_gets_no_pieces_and_the_others_do() -> None:
    greedy = Greedy(untrained(), pad(SOURCES), LONGEST)
    greedy.done[1] = True
    greedy.run()
    assert (greedy.pieces[1], greedy.why[1]) == ([], "stopped")
    assert greedy.pieces[0] and greedy.pieces[2]


def test_beam_of_one_is_greedy() -> None:
    model, source = untrained(), pad(SOURCES[2:])
    [pieces] = Greedy(model, source, LONGEST).run()
    assert beam_search(model, source, len(pieces), width=1) == [pieces]


def test_text_is_translated_alone_as_among_others() -> None:
    model, subwords, _ = load(Path("weights"))
    texts = [pair.english for pair in load_pairs(Path("weights/pairs.json"))["test"][:24]]
    alone = [translate(model, subwords, [text])[0] for text in texts]
    assert translate(model, subwords, texts) == alone
