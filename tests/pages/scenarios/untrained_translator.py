"""A small translator that was not trained, and what it reads.

For tests in the work folders of pages that have `translator.py`.
"""

from __future__ import annotations

from typing import Any

import torch
from translator import Config, Translator

SOURCES = [[11, 12, 13, 2], [14, 2], [15, 16, 17, 18, 19, 2]]  # of different lengths
LONGEST = 12


def untrained() -> Any:
    torch.manual_seed(0)
    config = Config(50, width=24, heads=2, layers=2, inner=32, longest=LONGEST)
    return Translator(config).eval()
