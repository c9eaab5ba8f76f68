"""The committed network and the excerpt of Fashion-MNIST are what the page says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from fashion import DEBIAN, EXCERPT, folder, load
from train import WEIGHTS, load_network, logits

pytestmark = pytest.mark.work_folder


def test_committed_network_is_as_accurate_as_its_figures_say() -> None:
    network, _ = load_network()
    images, labels = load(folder(), "test")
    accuracy = (logits(network, images).argmax(1) == labels).mean()
    figures = json.loads(WEIGHTS.with_suffix(".json").read_text())
    assert accuracy == pytest.approx(figures["top_1"], abs=0.005)


def test_weights_of_another_training_are_refused(tmp_path: Path) -> None:
    for name in ("fashion.json", "fashion.safetensors"):
        shutil.copy(name, tmp_path)
    with (tmp_path / "fashion.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ValueError, match="is not the file that was trained"):
        load_network(tmp_path / "fashion.safetensors")


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="needs Debian's dataset-fashion-mnist")
@pytest.mark.parametrize(("part", "size"), [("train", 6000), ("test", 2000)])
def test_excerpt_is_the_beginning_of_the_original(part: str, size: int) -> None:
    for ours, theirs in zip(load(EXCERPT, part), load(DEBIAN, part), strict=True):
        assert len(ours) == size
        assert (ours == theirs[:size]).all()
