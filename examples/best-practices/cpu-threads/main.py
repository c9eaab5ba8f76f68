# --8<-- [start:files]
from pathlib import Path

from limits import cpu_quota, quota_of, threads_within

for text in ("max 100000", "150000 100000", "50000 100000"):
    Path("cpu.max").write_text(text + "\n")
    quota = quota_of(Path())
    print(f"{text:14} {quota} CPUs: {threads_within(quota, 64)} threads")
# --8<-- [end:files]


# --8<-- [start:nested]
pod = Path("cgroup/cpu/pod")
container = pod / "container"
container.mkdir(parents=True)
for group, limit in ((pod, 300_000), (container, -1)):
    (group / "cpu.cfs_quota_us").write_text(f"{limit}\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
Path("process").write_text("4:cpu,cpuacct:/pod/container\n1:memory:/\n")

print("the container:", quota_of(container))
print("its process:  ", cpu_quota(Path("process"), Path("cgroup")))
# --8<-- [end:nested]


# --8<-- [start:set]
import torch

threads = threads_within(cpu_quota(), torch.get_num_threads())
torch.set_num_threads(threads)
print("within the quota:", torch.get_num_threads() <= max(1, cpu_quota()))
# --8<-- [end:set]


# --8<-- [start:threads]
from concurrent.futures import ThreadPoolExecutor

torch.set_num_threads(1)
with ThreadPoolExecutor(1) as inference:
    print("worker:", inference.submit(torch.get_num_threads).result())
    torch.set_num_threads(2)
    print("main:  ", torch.get_num_threads())
    print("worker:", inference.submit(torch.get_num_threads).result())
# --8<-- [end:threads]


# --8<-- [start:team]
import psutil

process, work = psutil.Process(), torch.rand(512, 512)
torch.set_num_threads(4)
work.exp()  # the main thread computes
before = process.num_threads()
with ThreadPoolExecutor(1) as other:
    other.submit(work.exp).result()  # and so does another
    print("threads more:", process.num_threads() - before)
torch.set_num_threads(2)
# --8<-- [end:team]
