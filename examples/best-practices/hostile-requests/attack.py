"""Requests that cost more than they weigh, and somebody who asks /livez."""

import io
import json
import select
import socket
import threading
from pathlib import Path

import httpx
from PIL import Image

URL, PORT = "http://127.0.0.1:8246", 8246
INFER = "/v2/models/efficientnet-lite0/infer"
client = httpx.Client(base_url=URL, timeout=120)


def tensor(data: object) -> bytes:
    """A request of protocol v2 with this instead of 150,528 integers."""
    given = {"name": "images", "datatype": "UINT8", "data": data}
    return json.dumps({
        "inputs": [given | {"shape": [1, 224, 224, 3]}]
    }).encode()  # fmt: skip


def scans(count: int) -> bytes:
    """A progressive JPEG of 500 x 500 pixels that repeats its last scan."""
    file = io.BytesIO()
    Image.new("L", (500, 500), 128).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * count + data[-2:]


def show(name: str, answer: httpx.Response) -> None:
    said = answer.json()
    print(answer.status_code, f"{name}: {said['detail']}")


asked: list[int] = []
done = threading.Event()


def watch() -> None:
    while not done.is_set():
        asked.append(httpx.get(f"{URL}/livez", timeout=120).status_code)


watcher = threading.Thread(target=watch)
watcher.start()
# --- 90 kB that NumPy would turn into 2 GB: see the first entry's width
words = ["x" * 50_000, *[""] * 9_999]
show("a tensor of words", client.post(INFER, content=tensor(words)))
deep = b'{"inputs":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
show("100,000 brackets", client.post(INFER, content=deep))
kind = {"Content-Type": "image/jpeg"}
answer = client.post("/v1/classify", content=scans(3000), headers=kind)
show("3,000 scans", answer)
# --- twenty clients that announce 5 MB each and send almost nothing
slow = []
for _ in range(20):
    one = socket.create_connection(("127.0.0.1", PORT))
    one.sendall(
        b"POST /v1/classify HTTP/1.1\r\nHost: x\r\n"
        b"Content-Length: 5000000\r\n\r\n."
    )
    slow.append(one)
slow[-1].recv(1, socket.MSG_PEEK)  # there is no room for the last one
refused = len(select.select(slow, [], [], 0)[0])
print(f"{len(slow)} slow uploads of 5 MB: {refused} refused at once")
for one in slow:
    one.close()
done.set()
watcher.join()
print("/livez meanwhile:", sorted(set(asked)))
photograph = Path("artifact/golden.jpg").read_bytes()
answer = client.post("/v1/classify", content=photograph, headers=kind)
print("and a photograph:", answer.json()["labels"][0]["label"])
