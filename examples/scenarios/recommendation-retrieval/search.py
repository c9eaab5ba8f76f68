"""Approximate search for the largest inner products."""

import hnswlib
import numpy as np


def as_queries(vectors: np.ndarray) -> np.ndarray:
    """One zero more, where the items have what `build_index` appends."""
    return np.pad(vectors, ((0, 0), (0, 1)))


def build_index(vectors: np.ndarray) -> hnswlib.Index:
    """An index whose nearest neighbors have the largest inner product.

    One more component gives all vectors the same length; from there on,
    nearer means more similar: https://doi.org/10.1145/2645710.2645741
    """
    squares = (vectors**2).sum(1)
    extra = np.sqrt(squares.max() - squares)
    index = hnswlib.Index(space="l2", dim=vectors.shape[1] + 1)
    index.init_index(len(vectors), M=16, ef_construction=100, random_seed=0)
    index.add_items(np.column_stack([vectors, extra]), num_threads=1)
    return index
