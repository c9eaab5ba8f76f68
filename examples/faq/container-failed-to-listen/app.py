from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.model = "loaded"  # here a model would be loaded
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/ping")
def ping() -> Response:
    return Response(status_code=200)
