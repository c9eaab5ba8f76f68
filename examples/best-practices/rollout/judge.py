"""When is a candidate sent back? Counts only what was seen lately."""

from collections import deque
from dataclasses import dataclass, field


@dataclass
class Judge:
    """Watches the last answers of a candidate.

    Args:
        window: how many answers are remembered.
        minimum: below this many there is no verdict.
        max_errors: share of requests that may fail.
        max_disagreement: share of answers that may name another label
            than the stable version does.
    """

    window: int = 40
    minimum: int = 10
    max_errors: float = 0.05
    max_disagreement: float = 0.10
    seen: deque[tuple[bool, bool]] = field(default_factory=deque)

    def record(self, failed: bool, disagrees: bool) -> None:
        self.seen.append((failed, disagrees))
        if len(self.seen) > self.window:
            self.seen.popleft()

    def verdict(self) -> str:
        """Why to roll back, or an empty string."""
        if len(self.seen) < self.minimum:
            return ""
        errors = sum(failed for failed, _ in self.seen) / len(self.seen)
        answered = [other for failed, other in self.seen if not failed]
        disagreement = sum(answered) / max(1, len(answered))
        if errors > self.max_errors:
            return f"errors above {self.max_errors:.0%}"
        if disagreement > self.max_disagreement:
            return f"disagreement above {self.max_disagreement:.0%}"
        return ""
