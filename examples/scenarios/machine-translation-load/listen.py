"""Stream, and hang up: python listen.py http://127.0.0.1:8422"""

import json
import sys
import time

import httpx

TEXT = "Enter the name of %(name)s again, or delete this page."
url = f"{sys.argv[1]}/v1/translate"
asked = {"text": TEXT, "stream": True}


def count(name: str) -> float:
    """The value of one metric."""
    lines = httpx.get(f"{sys.argv[1]}/metrics").text.splitlines()
    values = [line.split()[1] for line in lines if line.startswith(f"{name} ")]
    return float(values[0]) if values else 0.0


begin = time.monotonic()
arrived: list[float] = []
said = ""
with httpx.stream("POST", url, json=asked, timeout=120) as answer:
    print(answer.status_code, answer.headers["content-type"])
    for line in answer.iter_lines():
        if line.startswith("data: "):
            arrived.append(time.monotonic() - begin)
            said += json.loads(line[6:]).get("text", "")
print(said)
whole = httpx.post(url, json=asked | {"stream": False}, timeout=120).json()
print("the same as in one:", said == whole["text"])
print("first text in less than half the time:", arrived[0] < arrived[-1] / 2)

before = count("translation_pieces_total")
with httpx.stream("POST", url, json=asked, timeout=120) as answer:
    next(answer.iter_lines())  # the first text, and then hang up
stopped = 'translations_total{finish="stopped"}'
while not count(stopped):
    time.sleep(0.1)
pieces = count("translation_pieces_total") - before
print("stopped early:", pieces < whole["pieces"] - 2)
