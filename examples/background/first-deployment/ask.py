# --8<-- [start:ask]
"""Ask the server to read every held-out digit, 50 at a time."""

import httpx
from sklearn.datasets import load_digits

digits = load_digits()
pixels, labels = digits.data[1500:], digits.target[1500:]

found: list[int] = []
with httpx.Client(base_url="http://127.0.0.1:8101", timeout=10) as client:
    for start in range(0, len(pixels), 50):
        images = pixels[start : start + 50].tolist()
        response = client.post("/predict", json={"images": images})
        response.raise_for_status()
        found += [item["digit"] for item in response.json()["readings"]]

print(f"{len(found)} digits read over HTTP")
print(f"accuracy: {(labels == found).mean():.2f}")
# --8<-- [end:ask]
