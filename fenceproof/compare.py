"""Does what happened match what the page shows?"""

from __future__ import annotations

import re
from collections.abc import Mapping

NUMBER = r"[+-]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?"
ANY_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf)\b"
TOKEN = re.compile(rf"(?P<dots>\.\.\.)|(?P<number>(?<![\w.]){NUMBER}(?![\w.]))")
INTEGER = re.compile(
    r"(?P<dots>\.\.\.)|(?P<number>(?<![\w.])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w]))"
)
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


class Mismatch(AssertionError):
    """What the page says is not what happened."""


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in ADDRESS.sub("0x...", text).strip("\n").split("\n"))


def _precision(number: str) -> float:
    mantissa, _, exponent = number.lower().partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])) * (1 + 1e-6)


def parse_tolerance(text: str) -> dict[int, float]:
    """The option `tolerance=` of a fence: `2: 0.5` lets the numbers of line 2 differ by 0.5,
    `2: 0.5, 4-6: 1` those of several lines.

    Raises:
        ValueError: neither of these; one figure for all lines would cover counts, too.
    """
    lines: dict[int, float] = {}
    for part in text.split(","):
        numbers, colon, limit = part.partition(":")
        if not colon:
            raise ValueError(f"a tolerance without a line: {part.strip()!r}")
        first, _, last = numbers.strip().partition("-")
        for number in range(int(first), int(last or first) + 1):
            lines[number] = float(limit)
    return lines


def matches(want: str, got: str, tolerance: Mapping[int, float] | None = None) -> bool:
    """Whether `got` is what `want` shows.

    `...` in `want` stands for any text, lines included. A number with a decimal point matches
    what rounds to it, and an integer itself.

    Args:
        want: the text of the page.
        got: what was printed.
        tolerance: by how much every number of a line may differ, integers too, by the line's
            number from 1.
    """
    tolerance = tolerance or {}
    want, got = _tidy(want), _tidy(got)
    numbers: list[tuple[str, float]] = []  # as shown, and by how much it may differ
    patterns = []
    for number, line in enumerate(want.split("\n"), 1):
        allowed = tolerance.get(number)
        pattern, end = "", 0
        for token in (TOKEN if allowed is None else INTEGER).finditer(line):
            pattern += re.escape(line[end : token.start()])
            if token["dots"]:
                pattern += "(?s:.*?)"
            else:
                pattern += f"({ANY_NUMBER})"
                shown = token["number"]
                numbers.append((shown, _precision(shown) if allowed is None else allowed))
            end = token.end()
        patterns.append(pattern + re.escape(line[end:]))
    match = re.fullmatch("\n".join(patterns), got)
    return match is not None and all(
        abs(float(have) - float(shown)) <= limit
        for have, (shown, limit) in zip(match.groups(), numbers, strict=True)
    )
