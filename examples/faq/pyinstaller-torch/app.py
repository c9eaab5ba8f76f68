"""The program that is frozen: it imports no torch."""

import multiprocessing
import sys
from pathlib import Path

import numpy as np
import onnxruntime


def main() -> None:
    folder = Path(__file__).parent  # the frozen program's files, too
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    pixels = np.full((1, 64), 0.5, dtype=np.float32)
    [logits] = session.run(None, {"pixels": pixels})
    print(logits.shape, "torch" if "torch" in sys.modules else "no torch")


if __name__ == "__main__":
    multiprocessing.freeze_support()  # first, before anything is loaded
    main()
