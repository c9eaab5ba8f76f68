# --8<-- [start:judge]
import numpy as np

from judge import Judge


def window_rule(failed: np.ndarray) -> int:
    """The usual one: above 5 % of the last 40 answers, after ten."""
    for end in range(10, len(failed) + 1):
        if failed[max(0, end - 40) : end].mean() > 0.05:
            return end
    return 0


def sequential(failed: np.ndarray) -> int:
    """The judge: the number of the answer that decided, or 0."""
    judge = Judge(max_errors=0.05, alpha=0.01)
    for number, bad in enumerate(failed.tolist(), 1):
        if judge.record(bad):
            return number
    return 0


generator = np.random.default_rng(1)
window, test = {}, {}
print("errors   last 40   judge   answers it took (median)")
for rate in (0.01, 0.02, 0.05, 0.10, 0.20, 1.0):
    runs = generator.random((200, 1000)) < rate
    window[rate] = sum(window_rule(run) > 0 for run in runs)
    ends = [end for run in runs if (end := sequential(run))]
    test[rate] = len(ends)
    took = f"{np.median(ends):.0f}" if len(ends) > 100 else "-"
    print(f"{rate:6.0%} {window[rate]:9} {test[rate]:7} {took:>10}")
# --8<-- [end:judge]

# --8<-- [start:size]
import math

from scipy import stats


def clients_needed(
    before: float, after: float, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Clients in each arm that a two-sided test of two shares needs."""
    z = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    variance = before * (1 - before) + after * (1 - after)
    return math.ceil(z**2 * variance / (before - after) ** 2)


for after in (0.80, 0.74, 0.71):
    print(f"0.70 -> {after:.2f}: {clients_needed(0.70, after):6}")
# --8<-- [end:size]

# --8<-- [start:test]
from router import share

arms = {"stable": [0, 0], "candidate": [0, 0]}  # accepted, asked
generator = np.random.default_rng(7)
for number in range(4000):
    in_candidate = share(f"client-{number}") < 0.5
    accepted = generator.random() < (0.74 if in_candidate else 0.70)
    arm = arms["candidate" if in_candidate else "stable"]
    arm[0] += accepted
    arm[1] += 1


def p_value(arms: dict[str, list[int]]) -> float:
    """Two-sided z test that both arms accept the same share."""
    (a, n), (b, m) = arms.values()
    pooled = (a + b) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(2 * stats.norm.sf(abs(a / n - b / m) / error))


for name, (accepted, asked) in arms.items():
    print(f"{name:9} {accepted:4} of {asked} = {accepted / asked:.3f}")
print(f"p = {p_value(arms):.4f}")
split = stats.chisquare([asked for _, asked in arms.values()]).pvalue
print(f"is the split what was planned? p = {split:.2f}")
# --8<-- [end:test]

# --8<-- [start:library]
a, b = ([n, m - n] for n, m in arms.values())
chi2 = stats.chi2_contingency([a, b], correction=False)
print("SciPy agrees:", math.isclose(chi2.pvalue, p_value(arms)))
# --8<-- [end:library]

# --8<-- [start:peek]
looks = np.arange(200, 4001, 200)
experiments = generator.random((2, 1000, 4000)) < 0.70  # no difference at all
accepted = experiments.cumsum(axis=2)[:, :, looks - 1]
pooled = accepted.sum(axis=0) / (2 * looks)
error = np.sqrt(pooled * (1 - pooled) * 2 / looks)
z = np.abs(accepted[0] - accepted[1]) / looks / error
wins = z > stats.norm.ppf(0.975)
print(f"tested once, at the end: {wins[:, -1].mean():.0%} false winners")
print(f"tested at each look:     {wins.any(axis=1).mean():.0%}")
# --8<-- [end:peek]
