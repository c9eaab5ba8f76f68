import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import wait


def die_with_parent() -> None:
    """Linux: the kernel ends this process when its parent ends."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if not multiprocessing.parent_process().is_alive():
        os._exit(1)  # it ended before the line above


def watch_parent() -> None:
    """Everywhere: a thread waits for the end of the parent."""
    wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def work(protection: str) -> None:
    """Stands for a worker that has a model on the GPU."""
    if protection == "prctl":
        die_with_parent()
    if protection == "thread":
        threading.Thread(target=watch_parent, daemon=True).start()
    print(os.getpid(), flush=True)
    time.sleep(60)


if __name__ == "__main__":
    protection = sys.argv[1]
    if protection == "handler":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    worker = multiprocessing.get_context("spawn").Process(
        target=work, args=[protection], daemon=protection != "nothing")
    worker.start()
    worker.join()
