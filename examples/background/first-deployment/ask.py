# --8<-- [start:ask]
"""Ask the server to read every held-out digit, 50 at a time."""

import json
from pathlib import Path

import httpx

held_out = json.loads(Path("held_out.json").read_text())
images, labels = held_out["images"], held_out["labels"]

found: list[int] = []
with httpx.Client(base_url="http://127.0.0.1:8101", timeout=60) as client:
    for start in range(0, len(images), 50):
        batch = {"images": images[start : start + 50]}
        response = client.post("/predict", json=batch)
        response.raise_for_status()
        found += [item["digit"] for item in response.json()["readings"]]

correct = sum(digit == label for digit, label in zip(found, labels))
print(f"{len(found)} digits read over HTTP")
print(f"accuracy: {correct / len(labels):.2f}")
# --8<-- [end:ask]
