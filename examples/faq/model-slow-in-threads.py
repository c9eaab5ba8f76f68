# --8<-- [start:reproduce]
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psutil
import torch

process, rows = psutil.Process(), torch.rand(512, 512)
torch.set_num_threads(4)
rows.exp()  # a warm-up, in the main thread
before = process.num_threads()
together = Barrier(3)


def handler() -> None:
    """What a `def` route does: compute in a thread of a pool."""
    together.wait()  # three requests at a time
    rows.exp()
    together.wait()


with ThreadPoolExecutor(3) as pool:
    for request in [pool.submit(handler) for _ in range(3)]:
        request.result()
    print("threads more:", process.num_threads() - before)
# --8<-- [end:reproduce]
# --8<-- [start:fix]
from threading import current_thread


def answer() -> str:
    """What a handler asks the inference thread for."""
    rows.exp()
    return current_thread().name


inference = ThreadPoolExecutor(1, "inference")
inference.submit(answer).result()  # load and warm up here, too
requests = [inference.submit(answer) for _ in range(3)]
print({request.result() for request in requests})
torch.set_num_threads(2)
# --8<-- [end:fix]
