"""Weights that somebody has changed, for tests of what refuses them."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_with_another_last_byte(weights: Path, folder: Path) -> Path:
    """Copy weights and their figures, which now speak of other weights."""
    shutil.copy(weights.with_suffix(".json"), folder)
    content = weights.read_bytes()
    changed = folder / weights.name
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    return changed
