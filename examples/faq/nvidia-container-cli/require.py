"""Does an image with this NVIDIA_REQUIRE_CUDA start on this host?"""
import operator

COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def holds(condition: str, host: dict[str, str]) -> bool:
    """One condition, such as cuda>=12.8 or brand=tesla."""
    sign = next(sign for sign in COMPARE if sign in condition)
    name, wanted = condition.split(sign)
    found = host[name]
    if name == "brand":
        return COMPARE[sign](found, wanted)
    # driver<536 is about the branch: compare as many numbers as it has
    parts = number(wanted)
    return COMPARE[sign](number(found)[: len(parts)], parts)


def starts(require: str, host: dict[str, str]) -> bool:
    """A space means or, a comma means and."""
    return any(
        all(holds(condition, host) for condition in choice.split(","))
        for choice in require.split()
    )
