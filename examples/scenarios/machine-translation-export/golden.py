"""The golden question: does a machine translate as the builder did?"""

import json
from pathlib import Path

from artifact import Refused
from catalogues import PLACEHOLDER
from decoding import Greedy, Steps
from subwords import Subwords, mask
from translator import pad

LONGEST = 64
PREPROCESSING = {"placeholders": PLACEHOLDER.pattern, "longest": LONGEST}
GOLDEN = "Enter the name of %(name)s again, or delete this page."


def golden_answer(steps: Steps, subwords: Subwords) -> dict[str, object]:
    source = subwords.encode(mask(GOLDEN)[0])
    greedy = Greedy(steps, pad([source]), LONGEST)
    [pieces] = greedy.run()
    return {"source": source, "pieces": pieces, "log": greedy.logs[0]}


def self_test(
    steps: Steps, subwords: Subwords, folder: Path, max_abs: float
) -> None:
    """Translate the golden text, and compare with what was built.

    Raises:
        Refused: vocabulary, libraries or machine are not those that were
            tested.
    """
    expected = json.loads((folder / "golden.json").read_text())
    found = golden_answer(steps, subwords)
    for name in ("source", "pieces"):
        if found[name] != expected[name]:
            raise Refused(f"the golden text has other {name} here")
    difference = abs(found["log"] - expected["log"])
    if not difference <= max_abs:  # NaN is refused as well
        raise Refused(f"the golden score is {difference:.1e} off")
