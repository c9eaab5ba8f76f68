"""Ask `count` times, one after the other: `python knock.py count`."""

import sys
from pathlib import Path

import httpx

photograph = Path("artefact/golden.jpg").read_bytes()
kind = {"Content-Type": "image/jpeg"}
url = "http://127.0.0.1:8311/v1/classify"
for _ in range(int(sys.argv[1])):
    httpx.post(url, content=photograph, headers=kind, timeout=60)
