"""Send four requests at once: ask.py url"""

import sys
from concurrent.futures import ThreadPoolExecutor

import httpx


def ask(x: float) -> str:
    response = httpx.post(sys.argv[1], json={"x": x}, timeout=60)
    body = response.json()
    if response.status_code != 200:
        body = "refused"
    return f"{x:3} {response.status_code} {body}"


with ThreadPoolExecutor(4) as pool:
    for line in pool.map(ask, (1, -1, 2, 60)):
        print(line)
