"""AssertionError: daemonic processes are not allowed to have children."""
# --8<-- [start:task]
import multiprocessing

from torch.utils.data import DataLoader


def predict(workers: int) -> int:
    """Do what a task does: read its inputs with a DataLoader."""
    loader = DataLoader(range(8), batch_size=4, num_workers=workers)
    return sum(int(batch.sum()) for batch in loader)
# --8<-- [end:task]


# --8<-- [start:report]
def report(workers: int) -> str:
    me = multiprocessing.current_process()
    try:
        return f"daemon={me.daemon}: {predict(workers)}"
    except AssertionError as error:
        return f"daemon={me.daemon}: {error}"
# --8<-- [end:report]


# --8<-- [start:pool]
def in_pool(workers: int) -> str:
    with multiprocessing.Pool(1) as pool:
        return pool.apply(report, (workers,))
# --8<-- [end:pool]


# --8<-- [start:executor]
from concurrent.futures import ProcessPoolExecutor


def in_executor(workers: int) -> str:
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(report, workers).result()
# --8<-- [end:executor]


# --8<-- [start:thread]
from multiprocessing.pool import ThreadPool


def in_thread(workers: int) -> str:
    with ThreadPool(1) as pool:
        return pool.apply(report, (workers,))
# --8<-- [end:thread]


if __name__ == "__main__":
    print("Pool, 1 worker:               ", in_pool(1))
    print("Pool, no workers:             ", in_pool(0))
    print("ProcessPoolExecutor, 1 worker:", in_executor(1))
    print("ThreadPool, 1 worker:         ", in_thread(1))
