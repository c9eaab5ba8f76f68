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
