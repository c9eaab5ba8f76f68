"""The estimate of memory counts weights, and what is alive at the same time."""

from __future__ import annotations

from typing import Any

import footprint
import pytest
import torch
from torch import nn

pytestmark = pytest.mark.work_folder
ROWS, FLOAT = 3, 4  # rows of the batch, bytes of a number


@pytest.fixture(scope="module")
def program() -> Any:
    model = nn.Sequential(nn.Linear(4, 8, bias=False), nn.Linear(8, 2, bias=False))
    return torch.export.export(model, (torch.zeros(ROWS, 4),))


def test_weights_are_counted_once(program: Any) -> None:
    assert footprint.weights(program) == FLOAT * (4 * 8 + 8 * 2)


def test_input_and_first_result_are_alive_together(program: Any) -> None:
    assert footprint.activations(program) == FLOAT * ROWS * (4 + 8)
