"""Photographs as people send them become the pixels that a person sees, or are refused."""

from __future__ import annotations

import numpy as np
import pytest
from imaging import BadImage, TooManyPixels
from photo import decode
from pictures import BAD, FLOWER, GOOD, cut_out, encode, rotated

pytestmark = pytest.mark.work_folder
MAX_PIXELS = 25_000_000
SMALL = (
    "as it is",
    "held upright",
    "gray",
    "CMYK",
    "palette",
    "16 bits",
    "cut out",
    "animated",
)
NOT_PICTURES = (
    "a text",
    "a web page",
    "nothing",
    "half a picture",
    "8 x 8 pixels",
    "six megabytes",
    "a TIFF",
)


def test_each_sample_is_tried() -> None:
    assert {*GOOD} == {*SMALL, "12 megapixels"}
    assert {*BAD} == {*NOT_PICTURES, "a bomb"}


@pytest.mark.parametrize("name", SMALL)
def test_each_form_becomes_rgb_of_the_same_size(name: str) -> None:
    assert decode(GOOD[name], MAX_PIXELS).shape == (427, 640, 3)


def test_large_jpeg_is_decoded_at_a_quarter() -> None:
    assert decode(GOOD["12 megapixels"], MAX_PIXELS).shape == (668, 1000, 3)


@pytest.mark.parametrize(("turn", "upright"), [(6, True), (8, False)])
def test_picture_is_turned_as_its_exif_says(turn: int, upright: bool) -> None:
    difference = np.abs(decode(rotated(turn), 10**7).astype(int) - np.array(FLOWER)).mean()
    assert difference < 5 if upright else difference > 20


def test_what_lies_under_transparency_is_not_seen() -> None:
    assert (decode(cut_out(True), 10**7) == decode(cut_out(False), 10**7)).all()


def test_sixteen_bits_become_the_eight_that_they_were() -> None:
    gray = np.array(FLOWER.convert("L")).astype(int)
    assert np.abs(decode(GOOD["16 bits"], 10**7)[..., 0] - gray).max() <= 1


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_what_is_no_picture_is_refused(name: str) -> None:
    with pytest.raises(BadImage) as error:
        decode(BAD[name], MAX_PIXELS)
    assert not isinstance(error.value, TooManyPixels)


def test_decompression_bomb_is_refused_by_its_pixels() -> None:
    with pytest.raises(TooManyPixels):
        decode(BAD["a bomb"], MAX_PIXELS)


def test_refusal_names_the_limit_on_pixels() -> None:
    with pytest.raises(TooManyPixels) as error:
        decode(encode(FLOWER, "PNG"), 100_000)
    assert str(error.value) == "640 x 427 pixels, of which at most 100000 are allowed"
