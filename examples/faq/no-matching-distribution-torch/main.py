# --8<-- [start:explain]
from collections.abc import Iterable

from packaging.tags import Tag, sys_tags
from packaging.utils import parse_wheel_filename


def explain(wheel: str, mine: Iterable[Tag]) -> str:
    """Say which part of a wheel's name does not fit a machine's tags."""
    supported = set(mine)
    _, _, _, tags = parse_wheel_filename(wheel)
    if tags & supported:
        return "fits"
    wrong = []
    if not {t.platform for t in tags} & {t.platform for t in supported}:
        wrong.append("system")
    pythons = {(t.interpreter, t.abi) for t in supported}
    if not {(t.interpreter, t.abi) for t in tags} & pythons:
        wrong.append("Python")
    return "wrong " + " and ".join(wrong)


linux_311 = [
    Tag("cp311", "cp311", "manylinux_2_28_x86_64"),
    Tag("py3", "none", "manylinux_2_28_x86_64"),
]
for name in (
    "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    "torch-2.13.0-cp314-cp314-manylinux_2_28_x86_64.whl",
    "torch-2.13.0-cp311-cp311-win_amd64.whl",
    "torch-2.2.2-cp310-none-macosx_10_9_x86_64.whl",
):
    print(f"{name:51}", explain(name, linux_311))
# --8<-- [end:explain]
