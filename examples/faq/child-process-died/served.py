import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


def load() -> None:
    """Stand for a model that takes long to load."""
    threads = [thread.name for thread in threading.enumerate()]
    can = any("always_pong" in name for name in threads)
    print("can answer while it loads:", can, flush=True)
    time.sleep(1.5)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    load()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(
        "served:app", port=8662, workers=2, timeout_worker_healthcheck=60
    )
