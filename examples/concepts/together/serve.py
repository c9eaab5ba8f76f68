"""Answer from the deployed file alone: no PyTorch on this side."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

manifest = json.loads(Path("manifest.json").read_text())
content = Path(manifest["file"]).read_bytes()
if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
    raise SystemExit(f"{manifest['file']} is not the approved file")

session = onnxruntime.InferenceSession(
    content, providers=["CPUExecutionProvider"]
)
golden = np.load("golden.npz")
(logits,) = session.run(None, {"pixels": golden["pixels"]})
distance = float(np.abs(logits - golden["logits"]).max())
if not distance <= manifest["tolerance"]:
    raise SystemExit(f"golden answers are off by {distance:.2g}")

print("ready", manifest["version"])
print((logits.argmax(-1) == golden["logits"].argmax(-1)).sum(), "of 64")
print("torch" in sys.modules)
