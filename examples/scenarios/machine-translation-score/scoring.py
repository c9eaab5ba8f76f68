"""How good are translations? sacreBLEU, placeholders, and a baseline."""

from collections import Counter
from collections.abc import Sequence

from sacrebleu.metrics import BLEU, CHRF
from sklearn.feature_extraction.text import TfidfVectorizer

from catalogues import PLACEHOLDER, Pair

BLEU_ZH = BLEU(tokenize="zh")  # Chinese has no spaces between words


class Memory:
    """The translation of the most similar text that is known."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self.pairs = pairs
        self.vectorizer = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True
        )
        self.known = self.vectorizer.fit_transform(p.english for p in pairs)

    def nearest(self, texts: Sequence[str]) -> tuple[list[float], list[str]]:
        """How similar the nearest known text is (of 1), and its Chinese."""
        likeness = self.vectorizer.transform(texts) @ self.known.T
        dense = likeness.toarray()
        chosen = [self.pairs[n].chinese for n in dense.argmax(axis=1)]
        return dense.max(axis=1).tolist(), chosen


def kept(english: str, translation: str) -> bool:
    """Whether each placeholder is there, and as often as before."""
    before = Counter(PLACEHOLDER.findall(english))
    return before == Counter(PLACEHOLDER.findall(translation))


def score(
    translations: Sequence[str], pairs: Sequence[Pair]
) -> dict[str, float]:
    """BLEU, chrF, exact matches, and placeholders kept; all of 100."""
    references = [[pair.chinese for pair in pairs]]
    with_holders = [
        kept(pair.english, text)
        for pair, text in zip(pairs, translations, strict=True)
        if PLACEHOLDER.search(pair.english)
    ]
    exact = [t == p.chinese for t, p in zip(translations, pairs, strict=True)]
    return {
        "bleu": BLEU_ZH.corpus_score(translations, references).score,
        "chrf": CHRF().corpus_score(translations, references).score,
        "exact": 100 * sum(exact) / len(exact),
        "kept": 100 * sum(with_holders) / len(with_holders),
    }
