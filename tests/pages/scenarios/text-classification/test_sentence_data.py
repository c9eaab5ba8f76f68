"""The sentences: their parts, their polarity, and data that are missing or others."""

from __future__ import annotations

from pathlib import Path

import pytest
from sentences import Sentence, load, part

pytestmark = pytest.mark.work_folder


@pytest.mark.parametrize(("name", "share"), [("train", 0.7), ("tune", 0.1), ("test", 0.2)])
def test_documents_are_split_by_their_names(name: str, share: float) -> None:
    parts = [part(f"films {number}") for number in range(2000)]
    assert round(parts.count(name) / 2000, 1) == share


@pytest.mark.parametrize(
    ("score", "polarity"),
    [(-0.5, "negative"), (-0.49, "neutral"), (0.49, "neutral"), (0.5, "positive")],
)
def test_half_a_point_decides_the_polarity(score: float, polarity: str) -> None:
    assert Sentence("", "", score, "").polarity == polarity


def test_missing_data_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as error:
        load(tmp_path)
    assert "run `make data`" in str(error.value).splitlines()[0]


def test_other_data_are_refused(tmp_path: Path) -> None:
    (tmp_path / "vaderSentiment-3.3.2.tar.gz").write_bytes(b"something else")
    with pytest.raises(SystemExit) as error:
        load(tmp_path)
    assert str(error.value).splitlines()[0].endswith("is not the file that was tested")
