# --8<-- [start:stream]
import numpy as np
from sklearn.datasets import load_sample_images

generator = np.random.default_rng(0)
photographs = load_sample_images().images


def brightness(count: int, light: float = 1.0) -> np.ndarray:
    """Mean brightness, 0 to 255, of random crops: [count]."""
    found = []
    for n in range(count):
        photograph = photographs[n % 2]
        top = generator.integers(photograph.shape[0] - 224)
        left = generator.integers(photograph.shape[1] - 224)
        crop = photograph[top : top + 224, left : left + 224]
        found.append(crop.mean() * light)
    return np.array(found)


reference = brightness(400)  # what the model was tested on
windows = [brightness(100) for _ in range(6)]
windows += [brightness(100, light=0.6) for _ in range(4)]  # a lamp fails
# --8<-- [end:stream]

# --8<-- [start:psi]
def psi(reference: np.ndarray, seen: np.ndarray, bins: int = 5) -> float:
    """Population stability index, with bins of equal share."""
    edges = np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1])
    expected = np.bincount(np.digitize(reference, edges), minlength=bins)
    actual = np.bincount(np.digitize(seen, edges), minlength=bins)
    e = (expected + 0.5) / (expected.sum() + 0.5 * bins)  # no bin is empty
    a = (actual + 0.5) / (actual.sum() + 0.5 * bins)
    return float(np.sum((a - e) * np.log(a / e)))


noise = (5 - 1) * (1 / len(reference) + 1 / 100)
print(f"without any drift, about {noise:.2f}")
print([f"{psi(reference, window):.2f}" for window in windows])
# --8<-- [end:psi]

# --8<-- [start:ks]
from scipy import stats


def ks(reference: np.ndarray, seen: np.ndarray) -> float:
    """Largest distance between the two empirical distributions."""
    points = np.concatenate([reference, seen])
    below = [
        np.searchsorted(np.sort(part), points, side="right") / len(part)
        for part in (reference, seen)
    ]
    return float(np.abs(below[0] - below[1]).max())


for name, window in {"before": windows[0], "after": windows[-1]}.items():
    theirs = stats.ks_2samp(reference, window)
    same = bool(np.isclose(ks(reference, window), theirs.statistic))
    print(f"{name}: D = {theirs.statistic:.2f}, as SciPy's: {same},", end=" ")
    print("p < 1e-6" if theirs.pvalue < 1e-6 else "no surprise")
# --8<-- [end:ks]

# --8<-- [start:alert]
class DriftAlert:
    """Fires after `patience` windows in a row above the limit."""

    def __init__(self, limit: float = 0.25, patience: int = 2) -> None:
        self.limit, self.patience, self.above = limit, patience, 0

    def see(self, value: float) -> bool:
        self.above = self.above + 1 if value > self.limit else 0
        return self.above >= self.patience


alert = DriftAlert()
states = [alert.see(psi(reference, window)) for window in windows]
print("fires in windows", [n for n, fires in enumerate(states) if fires])
# --8<-- [end:alert]

# --8<-- [start:blind]
shuffled = generator.permutation(reference)[:100]
print(f"same brightness, other labels: {psi(reference, shuffled):.2f}")
many = brightness(20_000, light=1.01)
small = stats.ks_2samp(brightness(20_000), many)
print(f"1 % brighter: PSI {psi(reference, many):.1f},", end=" ")
print(f"surprising to a p-value: {small.pvalue < 0.01}")
# --8<-- [end:blind]
