"""The baseline: counts of words and of pieces of words, a linear model."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC


def counts() -> Pipeline:
    """Words and their pairs, pieces of 2 to 5 characters; not fitted yet."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    pieces = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True
    )
    linear = LinearSVC(C=0.3, class_weight="balanced", random_state=0)
    return make_pipeline(make_union(words, pieces), linear)
