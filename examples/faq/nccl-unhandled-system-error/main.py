"""NCCL error: unhandled system error"""
# --8<-- [start:read]
import re
from pathlib import Path

REASONS = [
    ("posix_fallocate|shared memory segment", "/dev/shm is full"),
    ("no socket interface found", "NCCL_SOCKET_IFNAME names no interface"),
    ("Connection refused|timed out|No route", "a network that is closed"),
    ("ibv_reg_mr|ibv_create", "locked memory, or the InfiniBand card"),
    ("Duplicate GPU", "two processes took the same card"),
    ("out of memory", "no memory is left on the card"),
    ("Cuda failure|peer access", "CUDA: driver, or links between cards"),
]


def reason(log: str) -> str:
    """What the first warning in a log of NCCL_DEBUG=WARN is about."""
    for line in log.splitlines():
        if "NCCL WARN" in line:
            for pattern, found in REASONS:
                if re.search(pattern, line):
                    return found
            return "not in the list: " + line.partition("NCCL WARN ")[2]
    return "no warning: start every process with NCCL_DEBUG=WARN"


print(reason(Path("worker.log").read_text()))
# --8<-- [end:read]

# --8<-- [start:others]
for text in (
    "NCCL WARN Bootstrap : no socket interface found",
    "NCCL WARN Duplicate GPU detected : rank 1 and rank 0 both on ...",
    "NCCL WARN Call to ibv_reg_mr failed with error Cannot allocate memory",
    "RuntimeError: NCCL error: unhandled system error",
):
    print(reason(text))
# --8<-- [end:others]

# --8<-- [start:clean]
from collections.abc import Iterable


def clean(folder: Path, prefixes: Iterable[str]) -> int:
    """Delete what a process left that was killed; before the server starts.

    Only where no other process uses the folder: one pod, one server.
    """
    left = [file for prefix in prefixes for file in folder.glob(prefix + "*")]
    for file in left:
        file.unlink()
    return len(left)


shm = Path("shm")  # in the pod: Path("/dev/shm")
shm.mkdir()
for name in ("nccl-onFp46", "nccl-xWvc0t", "other"):
    (shm / name).touch()
print("deleted:", clean(shm, ["nccl-"]))
print("kept:", [file.name for file in shm.iterdir()])
# --8<-- [end:clean]
