"""Progress of a run: pages done, and the minutes left as the records predict."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable

EVERY_S = 30.0  # between two lines


class Progress:
    """Counts the pages of a run as their items end.

    Args:
        seconds: how long a page took when it was recorded.
        now: a clock, in seconds.
    """

    def __init__(
        self, seconds: Callable[[str], float], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._now = seconds, now
        self._left: dict[str, int] = {}  # items of each page that have not ended
        self._cost: dict[str, float] = {}
        self._start = self._said = now()

    def expect(self, nodeids: Iterable[str]) -> None:
        """The items of the run, as each worker names them:
        a page that is known already is not counted again.
        """
        for page, items in Counter(nodeid.partition("::")[0] for nodeid in nodeids).items():
            if page not in self._left:
                self._left[page], self._cost[page] = items, self._seconds(page)

    def ended(self, nodeid: str) -> str | None:
        """Note that an item has ended; returns a line to print, or None.

        The estimate takes what the pages done so far took, as a multiple of their records.
        """
        page = nodeid.partition("::")[0]
        self._left[page] -= 1
        now = self._now()
        left = [name for name, items in self._left.items() if items > 0]
        if self._left[page] or not left or now - self._said < EVERY_S:
            return None
        self._said = now
        done = len(self._left) - len(left)
        behind = sum(self._cost.values()) - sum(self._cost[name] for name in left)
        if behind < 1:
            return f"{done} of {len(self._left)} pages"
        minutes = (now - self._start) * sum(self._cost[name] for name in left) / behind / 60
        return f"{done} of {len(self._left)} pages, about {minutes:.0f} min left"


def slowest(seconds: dict[str, float], count: int = 10) -> list[str]:
    """The pages that took most of a run, each with its share.

    Args:
        seconds: of each page.
        count: how many pages at most.
    """
    total = sum(seconds.values()) or 1.0
    names = sorted(seconds, key=lambda name: -seconds[name])[:count]
    return [f"{seconds[name]:6.1f} s  {seconds[name] / total:4.0%}  {name}" for name in names]
