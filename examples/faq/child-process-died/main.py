import threading
import time

import uvicorn
from fastapi import FastAPI


def load() -> None:
    """Stand for a model that takes long to load."""
    threads = [thread.name for thread in threading.enumerate()]
    can = any("always_pong" in name for name in threads)
    print("can answer while it loads:", can, flush=True)
    time.sleep(1.5)


load()
app = FastAPI()

if __name__ == "__main__":
    uvicorn.run(
        "main:app", port=8661, workers=2, timeout_worker_healthcheck=1
    )
