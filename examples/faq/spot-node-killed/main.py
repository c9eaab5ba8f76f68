import asyncio
import os

from fastapi import FastAPI

app = FastAPI()


@app.get("/predict")
async def predict() -> str:
    """Take as long as the variable says; stands for a model."""
    print("computing", flush=True)
    await asyncio.sleep(float(os.environ["SECONDS"]))
    return os.environ["NODE"]
