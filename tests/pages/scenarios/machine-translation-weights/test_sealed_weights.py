"""The committed weights: their figures, and what is refused in their place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from weights import load

pytestmark = pytest.mark.work_folder
WEIGHTS = Path("weights")


def test_committed_weights_are_better_than_the_page_asks() -> None:
    _, _, manifest = load(WEIGHTS)
    assert manifest["test"]["bleu"] > 25
    assert manifest["test"]["kept"] > 60


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "pairs.json", "NOTICE.md"])
def test_changed_file_is_refused(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(WEIGHTS, tmp_path / "weights")
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ValueError) as error:
        load(folder)
    assert str(error.value) == f"{name} is not the file that was sealed"
