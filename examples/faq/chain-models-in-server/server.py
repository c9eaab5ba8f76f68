import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import torch
from fastapi import FastAPI
from pydantic import Field

from stages import Stage

finder, reader = Stage("finder.pt2"), Stage("reader.pt2")
Row = Annotated[list[float], Field(min_length=32, max_length=32)]
Image = Annotated[list[Row], Field(min_length=32, max_length=32)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    workers = [asyncio.create_task(s.run()) for s in (finder, reader)]
    yield
    for worker in workers:
        worker.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/read")
async def read(image: Image) -> list[int]:
    """Find the quarters with ink, and read each of them."""
    pixels = torch.tensor(image)
    ink = await finder(pixels)
    quarters = pixels.unfold(0, 16, 16).unfold(1, 16, 16).reshape(4, 16, 16)
    outputs = await asyncio.gather(*map(reader, quarters[ink > 0.25]))
    return [int(output.argmax()) for output in outputs]
