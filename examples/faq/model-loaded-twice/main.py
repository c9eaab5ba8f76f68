import os
import sys

import uvicorn
from fastapi import FastAPI


def load_model() -> str:
    print("load:", __name__, os.getpid(), file=sys.stderr)
    return "a model"


model = load_model()
app = FastAPI()

if __name__ == "__main__":
    uvicorn.run("main:app", port=0, reload="--reload" in sys.argv,
                workers=2 if "--workers" in sys.argv else None)
