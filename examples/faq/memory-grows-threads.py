# --8<-- [start:many]
import os
import threading

import torch
from torch import nn

torch.set_num_threads(4)
model = nn.Linear(512, 512)


def predict() -> None:
    with torch.inference_mode():
        model(torch.zeros(256, 512))


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def request(done: threading.Barrier, end: threading.Event) -> None:
    predict()
    done.wait()
    end.wait()  # the thread stays, as in a server's pool
# --8<-- [end:many]


# --8<-- [start:count]
predict()
before = threads()
done, end = threading.Barrier(6), threading.Event()
callers = [
    threading.Thread(target=request, args=(done, end)) for _ in range(5)
]
for caller in callers:
    caller.start()
done.wait()
print("5 requests:", threads() - before, "threads more")
end.set()
for caller in callers:
    caller.join()
# --8<-- [end:count]

# --8<-- [start:fix]
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(max_workers=2)
pair = threading.Barrier(2)


def request_in_pool() -> None:
    predict()
    pair.wait()  # two at a time, so that both threads get work
# --8<-- [end:fix]

# --8<-- [start:fixed]
import time

while threads() > before:  # helpers of the old callers end
    time.sleep(0.01)
for answer in [pool.submit(request_in_pool) for _ in range(20)]:
    answer.result()
print("20 requests:", threads() - before, "threads more")
pool.shutdown()
# --8<-- [end:fixed]

# --8<-- [start:trim]
import ctypes
import mmap


def resident() -> float:
    """Memory of this process, in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE / 1e6


libc = ctypes.CDLL("libc.so.6")
libc.malloc_trim(0)  # what earlier work had freed does not count
empty = resident()
burst = [torch.zeros(1024) for _ in range(50_000)]  # 200 MB in small pieces
last = torch.zeros(1024)  # lies behind them, as a cache entry might
del burst
kept = resident() - empty
libc.malloc_trim(0)
trimmed = resident() - empty
print("kept after `del`:  ", kept > 150)
print("kept after trimming:", trimmed > 50)
# --8<-- [end:trim]
