"""Placeholders become numbers, which no model can change, and come back."""

from __future__ import annotations

import pytest
from subwords import mask, unmask

pytestmark = pytest.mark.work_folder


def test_more_than_eight_placeholders_stay_as_they_are() -> None:
    text = " ".join(f"{{{number}}}" for number in range(10))
    assert mask(text)[0] == "<0> <1> <2> <3> <4> <5> <6> <7> {8} {9}"


def test_same_placeholder_has_the_same_number() -> None:
    assert mask("%s and %s") == ("<0> and <0>", ["%s"])


def test_number_without_a_placeholder_is_dropped() -> None:
    assert unmask("<0> <7>", ["%s"]) == "%s "


def test_placeholder_that_the_original_lacks_is_not_masked() -> None:
    assert mask("%s {x}", ["%s"])[0] == "<0> {x}"
