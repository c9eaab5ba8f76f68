from fastapi import FastAPI

app = FastAPI()


@app.get("/alive")
def alive() -> bool:
    return True
