from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

model: Callable[..., object] | None = None


def load() -> None:
    """Runs once in each worker, and never in the parent."""
    global model
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = torch.nn.Linear(4, 3).to(device).eval()


def is_loaded() -> bool:
    return model is not None


if __name__ == "__main__":
    with ProcessPoolExecutor(
        max_workers=1, mp_context=get_context("spawn"), initializer=load
    ) as workers:
        print("loaded in the parent:", is_loaded())
        print("loaded in the worker:", workers.submit(is_loaded).result())
