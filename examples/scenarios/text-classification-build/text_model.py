"""The golden question of an artifact that reads text."""

import json
from pathlib import Path

import numpy as np

from artifact import Refused
from model import Predict
from wordpieces import Wordpieces, pad


def self_test(predict: Predict, folder: Path, max_abs: float) -> None:
    """Ask the golden question, as text, and compare with its answer.

    Raises:
        Refused: tokenizer, libraries or machine are not those that were
            tested.
    """
    golden = json.loads((folder / "golden.json").read_text())
    ids = Wordpieces(folder).encode(golden["text"])
    if ids.tolist() != golden["ids"]:
        raise Refused("the golden text has other tokens here")
    answer = predict(pad([ids]))[0]
    difference = float(np.abs(answer - golden["answer"]).max())
    if not difference <= max_abs:  # NaN is refused as well
        raise Refused(
            f"the golden answer differs by {difference:.1e}, "
            f"of which {max_abs:.1e} is allowed"
        )
