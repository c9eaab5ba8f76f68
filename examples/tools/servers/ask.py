"""Ask a server right and wrong things: python ask.py URL"""

import sys
from typing import Any

import httpx
from sklearn.datasets import load_digits

data = load_digits()
seven = int(data.target[1422]), data.data[1422].tolist()
questions: dict[str, Any] = {
    "a digit": {"json": {"pixels": seven[1]}},
    "no pixels": {"json": {"picture": seven[1]}},
    "63 pixels": {"json": {"pixels": seven[1][1:]}},
    "a text": {"json": {"pixels": "seven"}},
    "no JSON": {"content": b"seven"},
}
for name, question in questions.items():
    answer = httpx.post(sys.argv[1], timeout=60, **question)
    text = answer.text if answer.status_code == 200 else ""
    print(f"{name:10}", answer.status_code, text)
