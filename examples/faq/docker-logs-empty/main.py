import logging

from fastapi import FastAPI

logging.getLogger("app").info("logged while loading")
print("printed while loading")
app = FastAPI()


@app.get("/predict")
def predict() -> dict[str, int]:
    return {"digit": 7}
