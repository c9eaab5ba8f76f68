import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request


def load_model() -> str:
    print("load:", __name__, os.getpid(), file=sys.stderr)
    return "a model"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    yield {"model": load_model()}


app = FastAPI(lifespan=lifespan)


@app.get("/predict")
def predict(request: Request) -> str:
    return request.state.model


if __name__ == "__main__":
    uvicorn.run("fixed:app", port=0, reload="--reload" in sys.argv,
                workers=2 if "--workers" in sys.argv else None)
