import multiprocessing
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import torch

WORKERS = 4
FILE = Path("model.pt")


def proportional() -> int:
    """Bytes of this process; a page that n of them share counts 1/n."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return 1024 * sum(
        int(line.split()[1]) for line in lines if line.startswith("Pss:")
    )


def work(mmap: bool, together: Barrier, sizes: Queue) -> None:
    """Load the weights, read them once, and say what it cost."""
    together.wait()
    before = proportional()
    together.wait()
    weights = torch.load(FILE, mmap=mmap)
    weights["weight"].sum()  # a mapped page is fetched when it is read
    together.wait()
    sizes.put(proportional() - before)
    together.wait()


def total(mmap: bool) -> int:
    """Bytes that all the workers need for the weights."""
    context = multiprocessing.get_context("fork")
    together, sizes = context.Barrier(WORKERS), context.Queue()
    workers = [
        context.Process(target=work, args=(mmap, together, sizes))
        for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    counted = sum(sizes.get() for _ in workers)
    for worker in workers:
        worker.join()
    return counted


if __name__ == "__main__":
    torch.set_num_threads(1)  # then it is safe to fork
    torch.save({"weight": torch.ones(25 * 2**20)}, FILE)  # 100 MiB
    for name, mmap in [("read", False), ("mapped", True)]:
        times = total(mmap) / FILE.stat().st_size
        print(f"{WORKERS} processes, {name}: {times:.0f} times the file")
