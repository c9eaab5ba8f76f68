"""The Transformer: padding, the cache and the future change nothing in what it computes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from subwords import START
from translator import pad

from tests.pages.scenarios.untrained_translator import SOURCES, untrained

pytestmark = pytest.mark.work_folder
PIECES = [START, 21, 22, 23, 24]
CLOSE = 1e-5


@pytest.fixture(scope="module")
def model() -> Iterator[Any]:
    with torch.inference_mode():
        yield untrained()


@pytest.fixture
def target() -> torch.Tensor:
    return torch.tensor([PIECES]).expand(len(SOURCES), -1)


def decode(model: Any, target: torch.Tensor, source: torch.Tensor) -> Any:
    """The scores of all pieces at once."""
    return model.decode(target, source, model.encode(source), model.nothing(len(source)))[0]


@pytest.mark.parametrize("row", range(len(SOURCES)))
def test_padding_changes_no_score(model: Any, target: torch.Tensor, row: int) -> None:
    together = decode(model, target, pad(SOURCES))[row]
    alone = decode(model, target[:1], torch.tensor([SOURCES[row]]))[0]
    assert (together - alone).abs().max() < CLOSE


def test_cache_changes_no_score(model: Any, target: torch.Tensor) -> None:
    source = pad(SOURCES)
    cross, past, steps = model.encode(source), model.nothing(len(SOURCES)), []
    for piece in target.split(1, dim=1):
        scores, past = model.decode(piece, source, cross, past)
        steps.append(scores)
    assert (torch.cat(steps, 1) - decode(model, target, source)).abs().max() < CLOSE


def test_scores_depend_on_no_later_piece(model: Any, target: torch.Tensor) -> None:
    other = target.clone()
    other[:, 3:] = 30
    before, after = (decode(model, pieces, pad(SOURCES)) for pieces in (target, other))
    assert torch.equal(after[:, :3], before[:, :3])
    assert not torch.equal(after[:, 3], before[:, 3])
