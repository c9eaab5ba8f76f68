"""Ask all the time, one request after the other, until it is ended."""

from pathlib import Path

import httpx

photograph = Path("artifact/golden.jpg").read_bytes()
kind = {"Content-Type": "image/jpeg"}
url = "http://127.0.0.1:8311/v1/classify"
while True:
    httpx.post(url, content=photograph, headers=kind, timeout=60)
