"""The artifact of a text model: what is not built, and what is not opened."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from artifact import Refused, verify
from wordpieces import PREPROCESSING

from tests.pages.scenarios.small_text_model import build_small

pytestmark = pytest.mark.work_folder


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text") / "artifact"
    build_small(folder)
    return folder


def forget_the_mask(model: Any) -> None:
    """Read padding like words."""

    def forward(ids: Any) -> Any:
        tokens = model.encoder.words(ids) + model.encoder.positions.weight[: ids.shape[1]]
        return model.head(8 * tokens.mean(1)).softmax(dim=1)

    model.forward = forward


def test_model_that_forgets_its_mask_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the golden answer differs by"):
        build_small(tmp_path / "forgets", forget_the_mask)
    assert not (tmp_path / "forgets/manifest.json").exists()


@pytest.mark.parametrize("name", ["model.pt2", "tokenizer.json", "golden.json", "labels.txt"])
def test_file_of_another_build_is_refused(artifact: Path, tmp_path: Path, name: str) -> None:
    changed = shutil.copytree(artifact, tmp_path / "artifact")
    with (changed / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(Refused) as error:
        verify(changed, PREPROCESSING)
    assert str(error.value) == f"{name} is not the file that was built"


@pytest.mark.parametrize(
    ("name", "value"), [("unicode", "1.0"), ("max_tokens", 128), ("normalization", "NFC")]
)
def test_artifact_of_another_preprocessing_is_refused(
    artifact: Path, name: str, value: object
) -> None:
    with pytest.raises(Refused) as error:
        verify(artifact, PREPROCESSING | {name: value})
    assert str(error.value).startswith(f"preprocessing: {name} is ")
