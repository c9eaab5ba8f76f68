"""The committed head is loaded; another file in its place is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from train import HEAD, load_head

from tests.pages.scenarios.changed_weights import copy_with_another_last_byte

pytestmark = pytest.mark.work_folder


def test_committed_head_is_loaded() -> None:
    load_head()


def test_another_head_is_refused(tmp_path: Path) -> None:
    path = copy_with_another_last_byte(HEAD, tmp_path)
    with pytest.raises(ValueError) as error:
        load_head(path)
    assert str(error.value) == f"{path} is not the file that was trained"
