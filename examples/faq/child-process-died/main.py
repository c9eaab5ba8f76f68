import time

import uvicorn
from fastapi import FastAPI

time.sleep(1.5)  # stands for a model that is loaded here
app = FastAPI()


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(
        "main:app", port=8661, workers=2, timeout_worker_healthcheck=1
    )
