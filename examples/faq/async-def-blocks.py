# --8<-- [start:app]
import asyncio

import torch
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from torch import nn

model = nn.Sequential(*(nn.Linear(1024, 1024) for _ in range(24)))
app = FastAPI()


def compute() -> str:
    with torch.inference_mode():
        return str(tuple(model(torch.zeros(512, 1024)).shape))


@app.get("/blocking")
async def blocking() -> str:
    return compute()


@app.get("/threaded")
def threaded() -> str:
    return compute()


@app.get("/health")
async def health() -> str:
    return "alive"
# --8<-- [end:app]


# --8<-- [start:race]
async def race(path: str) -> str:
    finished: list[str] = []
    transport = ASGITransport(app)
    async with AsyncClient(transport=transport, base_url="http://x") as c:

        async def ask(path: str) -> None:
            await c.get(path)
            finished.append(path)

        await asyncio.gather(ask(path), ask("/health"))
    return f"{path}: {finished[0]}, then {finished[1]}"


print(asyncio.run(race("/blocking")))
print(asyncio.run(race("/threaded")))
# --8<-- [end:race]

# --8<-- [start:fix]
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(max_workers=1)


@app.get("/pooled")
async def pooled() -> str:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, compute)


print(asyncio.run(race("/pooled")))
pool.shutdown()
# --8<-- [end:fix]
