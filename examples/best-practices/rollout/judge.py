"""When is a candidate sent back? A test that may be looked at all the time."""

import math
from dataclasses import dataclass, field


@dataclass
class Limit:
    """Is a share of bad answers above its limit?

    Each answer multiplies the evidence by how likely it is at a higher
    share, divided by how likely it is at the limit, for several such shares
    at once. Where the true share is at most the limit, the evidence reaches
    1/alpha with a probability of at most alpha, however long one looks
    (Ville's inequality).

    Args:
        share: the limit, below 0.6.
        alpha: how often a candidate that keeps the limit is sent back.
        round: so many answers later the evidence starts anew, so that
            what breaks on the third day is noticed on the third day. The
            later rounds have smaller parts of alpha, which add up to it.
    """

    share: float
    alpha: float
    round: int = 500
    rounds: int = 1
    good: int = 0
    bad: int = 0
    shares: list[float] = field(init=False)

    def __post_init__(self) -> None:
        steps = int(math.log(1 / self.share, 1.5))
        self.shares = [self.share * 1.5**n for n in range(1, steps + 1)]

    def evidence(self) -> float:
        """The mean of the likelihood ratios."""
        logs = [
            self.bad * math.log(share / self.share)
            + self.good * math.log((1 - share) / (1 - self.share))
            for share in self.shares
        ]
        return sum(math.exp(min(log, 700)) for log in logs) / len(logs)

    def exceeded(self, bad: bool) -> bool:
        """Take one answer; is the share now known to be above the limit?"""
        if self.good + self.bad == self.round:
            self.rounds, self.good, self.bad = self.rounds + 1, 0, 0
        self.bad += bad
        self.good += not bad
        needed = self.rounds * (self.rounds + 1) / self.alpha
        return bad and self.evidence() >= needed


class Judge:
    """Watches the answers of a candidate.

    Args:
        max_errors: share of requests that may fail.
        max_disagreement: share of answers that may name another label
            than the stable version does.
        alpha: probability that a candidate within both is sent back.
    """

    def __init__(
        self,
        max_errors: float = 0.05,
        max_disagreement: float = 0.10,
        alpha: float = 0.01,
    ) -> None:
        self.errors = Limit(max_errors, alpha / 2)
        self.disagreement = Limit(max_disagreement, alpha / 2)

    def record(self, failed: bool, disagrees: bool = False) -> str:
        """Take one answer. Why to roll back, or an empty string."""
        if self.errors.exceeded(failed):
            return f"errors above {self.errors.share:.0%}"
        if not failed and self.disagreement.exceeded(disagrees):
            return f"disagreement above {self.disagreement.share:.0%}"
        return ""
