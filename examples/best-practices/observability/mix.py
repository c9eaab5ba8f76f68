"""Send a known mix of requests: 6 good, 3 bad, 2 wrong."""

from pathlib import Path

import httpx

photograph = Path("artifact/golden.jpg").read_bytes()
url = "http://127.0.0.1:8303/v1/classify"
jpeg = {"Content-Type": "image/jpeg"}
with httpx.Client(timeout=30) as client:
    for _ in range(6):
        client.post(url, content=photograph, headers=jpeg)
    for _ in range(3):
        client.post(url, content=b"no picture", headers=jpeg)
    for _ in range(2):
        client.post(url, content=photograph)
