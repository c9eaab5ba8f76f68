# --8<-- [start:fix]
import math
from pathlib import Path

import torch


def use_quota(file: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Compute with as many threads as the container's quota has CPUs."""
    quota, period = "max", "100000"
    if file.exists():
        quota, period = file.read_text().split()
    threads = torch.get_num_threads()
    if quota != "max":
        whole = math.floor(int(quota) / int(period))
        threads = max(1, min(threads, whole))
    torch.set_num_threads(threads)
    return threads


example = Path("cpu.max")  # as it reads in a container with 1500m
example.write_text("150000 100000\n")
torch.set_num_threads(64)  # as on a node with 64 cores
print("no limit:  ", use_quota(Path("missing")))
print("limit 1.5: ", use_quota(example), torch.get_num_threads())
# --8<-- [end:fix]


# --8<-- [start:fast]
def fast_cpus(folder: Path = Path("/sys/devices/cpu_core")) -> set[int]:
    """The performance cores of a hybrid Intel processor, else none."""
    file = folder / "cpus"
    cpus: set[int] = set()
    if file.exists():
        for part in file.read_text().split(","):
            first, _, last = part.strip().partition("-")
            cpus |= set(range(int(first), int(last or first) + 1))
    return cpus


hybrid = Path("cpu_core")  # as on a processor with six such cores
hybrid.mkdir()
(hybrid / "cpus").write_text("0-11\n")
print("hybrid:", sorted(fast_cpus(hybrid)))
print("others:", sorted(fast_cpus(Path("missing"))))
# --8<-- [end:fast]
