# --8<-- [start:cold]
import threading
import time
from collections.abc import Callable

import torch
from torch import nn

compiled: list[str] = []


def slow(graph: torch.fx.GraphModule, inputs: list) -> Callable:
    """A backend that takes its time, as a compiler does."""
    compiled.append(threading.current_thread().name)
    if len(compiled) == 1:  # meanwhile all the others arrive
        time.sleep(0.5)
    return graph.forward


def ask_from_threads(model: nn.Module, count: int = 8) -> None:
    start = threading.Barrier(count)

    def request() -> None:
        start.wait()
        with torch.inference_mode():
            model(torch.zeros(2, 4))

    threads = [threading.Thread(target=request) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


ask_from_threads(torch.compile(nn.Linear(4, 3).eval(), backend=slow))
print(f"the same model was compiled {len(compiled)} times")
# --8<-- [end:cold]

# --8<-- [start:warm]
torch.compiler.reset()
model = torch.compile(nn.Linear(4, 3).eval(), backend=slow)
with torch.inference_mode():
    model(torch.zeros(2, 4))
compiled.clear()
ask_from_threads(model)
print("compiled by the threads:", len(compiled))
# --8<-- [end:warm]
