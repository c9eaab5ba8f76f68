# --8<-- [start:engine]
import threading


class Engine:
    """A stand-in: like a CUDA context, it is current in one thread."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def __call__(self, row: int) -> int:
        if threading.get_ident() != self.thread:
            raise RuntimeError("invalid resource handle")
        return 2 * row
# --8<-- [end:engine]


# --8<-- [start:requests]
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def serve(model: Callable[[int], int]) -> list[int]:
    """Eight requests from four threads, as Flask or FastAPI has them."""
    with ThreadPoolExecutor(max_workers=4) as requests:
        return list(requests.map(model, range(8)))
# --8<-- [end:requests]


try:
    # --8<-- [start:fails]
    serve(Engine())
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)


# --8<-- [start:fix]
class InOneThread:
    """Creates the engine in a thread of its own, and calls it there."""

    def __init__(self, create: Callable[[], Engine]) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1)
        self.engine = self.thread.submit(create).result()

    def __call__(self, row: int) -> int:
        return self.thread.submit(self.engine, row).result()


print(serve(InOneThread(Engine)))
# --8<-- [end:fix]
