"""Ask a server right and wrong things: python ask.py URL"""

import json
import sys
from pathlib import Path
from typing import Any

import httpx

seven = json.loads(Path("seven.json").read_text())
questions: dict[str, Any] = {
    "a digit": {"json": {"pixels": seven}},
    "no pixels": {"json": {"picture": seven}},
    "63 pixels": {"json": {"pixels": seven[1:]}},
    "a text": {"json": {"pixels": "seven"}},
    "no JSON": {"content": b"seven"},
}
for name, question in questions.items():
    answer = httpx.post(sys.argv[1], timeout=60, **question)
    text = answer.text if answer.status_code == 200 else ""
    print(f"{name:10}", answer.status_code, text)
