"""Is a model as often right as it is sure?"""

import numpy as np
import torch
from torch.nn import functional as F


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities [n, classes] of logits [n, classes]."""
    return torch.from_numpy(logits).softmax(dim=1).numpy()


def reliability(
    logits: np.ndarray, labels: np.ndarray, bins: int = 15
) -> np.ndarray:
    """One row a bin of confidence: how many, how sure, how often right.

    Args:
        logits: [n, classes].
        labels: [n].
        bins: of equal width between 0 and 1.

    Returns:
        float64 [bins, 3]; the last two are 0 where a bin is empty.
    """
    odds = softmax(logits.astype(np.float64))
    sure, right = odds.max(1), odds.argmax(1) == labels
    where = np.minimum((sure * bins).astype(int), bins - 1)
    count = np.bincount(where, minlength=bins)
    sums = [
        np.bincount(where, values, minlength=bins) for values in (sure, right)
    ]
    return np.column_stack([count, *sums / np.maximum(count, 1)])


def ece(logits: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017, equation 3).

    The mean distance between how sure and how often right, over bins,
    weighted by their number of examples; from 0 to 1.
    """
    count, sure, right = reliability(logits, labels, bins).T
    return float(np.abs(sure - right) @ count / count.sum())


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The T for which softmax(logits / T) has the least log-loss.

    Fit it on examples that the network was not trained on. The loss is
    convex in 1 / T, so that Newton's method finds its one minimum.
    """
    z = torch.from_numpy(logits.astype(np.float64))
    y = torch.from_numpy(labels)
    inverse = torch.ones((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [inverse], max_iter=100, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(z * inverse, y)
        value.backward()
        return value

    optimizer.step(loss)
    return 1 / inverse.item()
