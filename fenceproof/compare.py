"""Does what happened match what the page shows?"""

from __future__ import annotations

import re

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


def matches(want: str, got: str, tolerance: float | None = None) -> bool:
    """Whether `got` is what `want` shows.

    `...` in `want` stands for any text, lines included. A number with a
    decimal point matches what rounds to it. With a tolerance, every number
    may differ by that much, in the unit in which it is shown.
    """
    want, got, pattern, numbers, end = _tidy(want), _tidy(got), "", [], 0
    for token in (TOKEN if tolerance is None else INTEGER).finditer(want):
        pattern += re.escape(want[end : token.start()])
        if token["dots"]:
            pattern += "(?s:.*?)"
        else:
            pattern += f"({ANY_NUMBER})"
            numbers.append(token["number"])
        end = token.end()
    found = re.fullmatch(pattern + re.escape(want[end:]), got)
    if found is None:
        return False
    allowed = [tolerance if tolerance is not None else _precision(shown) for shown in numbers]
    return all(
        abs(float(have) - float(shown)) <= limit
        for have, shown, limit in zip(found.groups(), numbers, allowed, strict=True)
    )


def require(
    want: str, got: str, tolerance: float | None = None, what: str = "the page shows"
) -> None:
    """Raise `Mismatch` unless `got` is what the page shows."""
    if not matches(want, got, tolerance):
        raise Mismatch(f"{what}:\n{want.rstrip()}\nbut got:\n{got.rstrip() or '(nothing)'}")
