"""From text to token ids: one spelling, a stated way to shorten, and padding by length."""

from __future__ import annotations

import numpy as np
import pytest
from wordpieces import END, START, TooLong, bucket, normalize, pad, shorten

pytestmark = pytest.mark.work_folder
LONG = list(range(1000, 1500))
ROOM = 254  # tokens between the start and the end mark


def test_characters_that_look_the_same_are_spelt_the_same() -> None:
    assert normalize("\uff21\ufb01\u2460") == "Afi1"


def test_head_keeps_the_beginning() -> None:
    assert shorten(LONG, "head") == [START, *LONG[:ROOM], END]


def test_ends_keeps_beginning_and_end() -> None:
    assert shorten(LONG, "ends") == [START, *LONG[:127], *LONG[-127:], END]


@pytest.mark.parametrize("policy", ["refuse", "ends", "head"])
def test_what_fits_is_not_shortened(policy: str) -> None:
    assert shorten(LONG[:ROOM], policy) == [START, *LONG[:ROOM], END]


def test_what_does_not_fit_is_refused_with_its_length() -> None:
    with pytest.raises(TooLong) as error:
        shorten(LONG[: ROOM + 1], "refuse")
    assert str(error.value) == "257 tokens, of which at most 256 fit"


@pytest.mark.parametrize(("length", "padded"), [(1, 16), (16, 16), (17, 32), (256, 256)])
def test_length_is_rounded_up_to_a_bucket(length: int, padded: int) -> None:
    assert bucket(length) == padded


def test_batch_is_padded_with_zeros_to_the_longest_text() -> None:
    batch = pad([np.array([1, 2, 3]), np.arange(1, 18)])
    assert batch.shape == (2, 32)
    assert batch[0].tolist() == [1, 2, 3] + [0] * 29
