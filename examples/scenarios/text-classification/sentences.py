"""Sentences with the place they come from and the polarity people gave.

The source distribution of vaderSentiment 3.3.2 carries them: tweets, film
and product reviews and news editorials of Hutto and Gilbert (2014), each
rated by about twenty people from -4 (negative) to 4 (positive).
"""

import hashlib
import html
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NAME, INNER = "vaderSentiment-3.3.2", "hutto_ICWSM_2014"
SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
FILES = {
    "films": "movieReviewSnippets",
    "news": "nytEditorialSnippets",
    "products": "amazonReviewSnippets",
    "tweets": "tweets",
}
LABELS = list(FILES)


@dataclass(frozen=True)
class Sentence:
    text: str
    source: str
    score: float
    part: str

    @property
    def polarity(self) -> str:
        """What most readers would say: half a point decides."""
        if abs(self.score) < 0.5:
            return "neutral"
        return "positive" if self.score > 0 else "negative"


def part(document: str) -> str:
    """Which part a document belongs to: train, tune or test.

    All sentences of a review stay together. The part depends on nothing
    but the name, so more data never moves a sentence across.
    """
    byte = hashlib.sha256(document.encode()).digest()[0]
    if byte < 51:
        return "test"
    return "tune" if byte < 71 else "train"


def load(folder: Path | None = None) -> list[Sentence]:
    """All sentences, each text once, in the order of the files.

    Args:
        folder: where the source distribution lies; HANDBOOK_DATA, or data/.

    Raises:
        SystemExit: the data are not here, or are others; the message says
            what to run.
    """
    folder = folder or Path(os.environ.get("HANDBOOK_DATA", "data"))
    archive = folder / f"{NAME}.tar.gz"
    if not archive.is_file():
        raise SystemExit(
            f"no {archive}: run `make data` in the handbook's repository, or\n"
            "pip download --no-deps --no-binary :all: --dest data "
            "vaderSentiment==3.3.2"
        )
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{archive} is not the file that was tested")
    found: dict[str, Sentence] = {}
    with tarfile.open(archive) as outer:
        path = f"{NAME}/additional_resources/{INNER}.tar.gz"
        with tarfile.open(fileobj=outer.extractfile(path)) as inner:
            for source, name in FILES.items():
                data = inner.extractfile(f"{INNER}/{name}_GroundTruth.txt")
                for line in data.read().decode("utf-8-sig").splitlines():
                    number, score, text = line.split("\t", 2)
                    text = html.unescape(text).strip()
                    document = f"{source} {number.partition('_')[0]}"
                    own = Sentence(text, source, float(score), part(document))
                    found.setdefault(text.lower(), own)
    return list(found.values())


def sample(sentences: list[Sentence], part: str, count: int) -> list[Sentence]:
    """The same `count` sentences of one part each time."""
    own = [s for s in sentences if s.part == part]
    chosen = np.random.default_rng(0).permutation(len(own))[:count]
    return [own[n] for n in chosen]
