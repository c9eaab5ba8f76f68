"""A text model of one layer, and an artifact of it: what the service does needs no more.

For tests in the work folders of pages that have `encoder.py` and `build_text.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import build_text
import encoder
import pytest
import torch
from torch import nn

SIZES = {"LAYERS": 1, "WIDTH": 48, "HEADS": 4, "INNER": 96}
DESCRIPTION = {
    "name": "small",
    "version": "1.0.0",
    "task": "test",
    "model": "one layer",
    "accuracy": [{"metric": "none", "data": "none", "value": 0}],
}
TEXTS = ["short", "a text of some more words than that", "word " * 300]
SOURCES = ["films", "news", "tweets"]


def build_small(folder: Path, change: Callable[[Any], None] = lambda model: None) -> None:
    """Build an artifact of a classifier that was not trained.

    Args:
        folder: where it is made.
        change: what is done to the classifier before that.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, size in SIZES.items():
            patch.setattr(encoder, name, size)
        torch.manual_seed(0)
        head = nn.Linear(SIZES["WIDTH"], len(build_text.LABELS))
        model = encoder.Classifier(encoder.Encoder(), head).eval()
        change(model)
        build_text.build(folder, model, build_text.LABELS, TEXTS, SOURCES, DESCRIPTION)
