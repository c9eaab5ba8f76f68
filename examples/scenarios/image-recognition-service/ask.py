"""Send one photograph in many forms, and what is no photograph."""

import sys

import httpx

from pictures import BAD, GOOD

client = httpx.Client(base_url=sys.argv[1], timeout=60)
client.headers["Content-Type"] = "image/jpeg"  # the bytes decide, not this
for name, data in GOOD.items():
    answer = client.post("/v1/classify", content=data)
    labels = [label["label"] for label in answer.json()["labels"]]
    place = labels.index("daisy") + 1 if "daisy" in labels else "none"
    print(f"{name}: {answer.status_code}, daisy on place {place}")
for name, data in BAD.items():
    answer = client.post("/v1/classify", content=data)
    body = answer.json()
    fields = [field["msg"] for field in body.get("errors", [])]
    why = fields[0] if fields else body["detail"]
    print(f"{name}: {answer.status_code}, {why}")
