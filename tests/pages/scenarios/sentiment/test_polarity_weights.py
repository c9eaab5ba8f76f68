"""The committed layers are loaded; another file in their place is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from finetune import WEIGHTS, load_polarity

from tests.pages.scenarios.changed_weights import copy_with_another_last_byte

pytestmark = pytest.mark.work_folder


def test_committed_layers_are_loaded() -> None:
    load_polarity()


def test_other_layers_are_refused(tmp_path: Path) -> None:
    path = copy_with_another_last_byte(WEIGHTS, tmp_path)
    with pytest.raises(ValueError) as error:
        load_polarity(path)
    assert str(error.value) == f"{path} is not the file that was trained"
