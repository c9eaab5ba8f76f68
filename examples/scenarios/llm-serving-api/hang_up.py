"""Fill the server, then hang up: python hang_up.py http://127.0.0.1:8442"""

import contextlib
import os
import sys
import time

import httpx

BODY = {"model": "zen-1", "prompt": "Errors should", "max_tokens": 100,
        "temperature": 0, "stream": True}
client = httpx.Client(
    base_url=sys.argv[1], timeout=60,
    headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"})


def wait_for(line: str) -> None:
    """Return when the metrics have that line."""
    while line not in client.get("/metrics").text.splitlines():
        time.sleep(0.02)


with contextlib.ExitStack() as streams:
    for line in ("llm_slots_busy 1.0", "llm_slots_busy 2.0",
                 "llm_requests_waiting 1.0"):
        stream = streams.enter_context(
            client.stream("POST", "/v1/completions", json=BODY))
        print(stream.status_code, line)
        wait_for(line)
    refused = client.post("/v1/completions", json=BODY)
    print(refused.status_code, refused.json()["error"]["message"],
          "Retry-After:", refused.headers["Retry-After"])
# Here all three connections are closed, with most of the text unwritten.
for line in ("llm_slots_busy 0.0", "llm_requests_waiting 0.0"):
    wait_for(line)
print(*[line for line in client.get("/metrics").text.splitlines()
        if line.startswith("llm_requests_total")])
