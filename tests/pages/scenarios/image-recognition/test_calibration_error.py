"""`calibration.py` of the page: its error and its temperature, on probabilities that are true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from calibration import ece, fit_temperature, reliability, softmax

pytestmark = pytest.mark.work_folder
COUNT = 20_000
Sample = tuple[Any, Any]


@pytest.fixture(scope="module")
def honest() -> Sample:
    """Logits, and labels that are drawn with the probabilities that these say."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (COUNT, 10))
    draw = generator.random((COUNT, 1))
    return logits, (draw > np.cumsum(softmax(logits), axis=1)).sum(axis=1)


def test_error_is_small_where_probabilities_are_true(honest: Sample) -> None:
    assert ece(*honest) < 0.015


def test_error_is_large_where_the_network_is_too_sure(honest: Sample) -> None:
    logits, labels = honest
    assert ece(logits * 3, labels) > 0.1


@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_temperature_undoes_a_scale(honest: Sample, scale: float) -> None:
    logits, labels = honest
    assert fit_temperature(logits * scale, labels) / scale == pytest.approx(1, abs=0.05)


def test_each_example_is_in_one_bin(honest: Sample) -> None:
    assert reliability(*honest)[:, 0].sum() == COUNT


def test_error_of_one_bin_is_confidence_minus_accuracy(honest: Sample) -> None:
    logits, labels = honest
    gap = softmax(logits).max(1).mean() - (logits.argmax(1) == labels).mean()
    assert ece(logits, labels, 1) == pytest.approx(abs(gap), abs=1e-9)
