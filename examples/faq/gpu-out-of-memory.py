try:
    # --8<-- [start:reproduce]
    import torch

    torch.empty(10**15, device="cuda")
    # --8<-- [end:reproduce]
except (RuntimeError, AssertionError) as error:
    print(error)
# --8<-- [start:one]
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Counting:
    """A stand-in for a model that notes how many calls overlap."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, row: int) -> int:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.02)  # the forward pass
        with self.lock:
            self.running -= 1
        return row


def limited(
    model: Callable[[int], int], limit: int = 1
) -> Callable[[int], int]:
    """The same model; calls beyond the limit wait for their turn."""
    turn = threading.BoundedSemaphore(limit)

    def call(row: int) -> int:
        with turn:
            return model(row)

    return call


def most_at_once(wrap: Callable[[Counting], Callable[[int], int]]) -> int:
    """Eight requests in eight threads."""
    model = Counting()
    with ThreadPoolExecutor(max_workers=8) as requests:
        list(requests.map(wrap(model), range(8)))
    return model.most


print("at once, with the limit:", most_at_once(limited))
print("more than one without:  ", most_at_once(lambda model: model) > 1)
# --8<-- [end:one]


# --8<-- [start:fix]
import torch


def in_parts(
    call: Callable[[torch.Tensor], torch.Tensor], rows: torch.Tensor
) -> torch.Tensor:
    """Answer for all rows; where they do not fit at once, in halves."""
    try:
        return call(rows)
    except torch.OutOfMemoryError:
        if len(rows) == 1:
            raise
    torch.cuda.empty_cache()  # outside `except`, or the tensors still live
    half = len(rows) // 2
    return torch.cat([in_parts(call, part) for part in rows.split(half)])


def small_card(rows: torch.Tensor) -> torch.Tensor:
    """Fails as a GPU does, beyond three rows."""
    if len(rows) > 3:
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return rows * 2


print(in_parts(small_card, torch.arange(10)).tolist())
# --8<-- [end:fix]

# --8<-- [start:arena]
import numpy as np
import onnxruntime
from onnx import parser

repeat = parser.parse_model("""
    <ir_version: 9, opset_import: ["": 17]>
    net (float[n] x, int64[k] shape) => (float[m] y)
    { y = Expand(x, shape) }
""")
repeat.graph.node[0].name = "repeat"
session = onnxruntime.InferenceSession(repeat.SerializeToString())
feed = {"x": np.ones(1, np.float32), "shape": np.array([10**15])}
# --8<-- [end:arena]

try:
    # --8<-- [start:arena-fails]
    session.run(None, feed)
    # --8<-- [end:arena-fails]
except Exception as error:
    print(error)
