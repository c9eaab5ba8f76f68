"""Send photographs as many different clients: `python traffic.py count`."""

import io
import os
import sys
from collections import Counter

import httpx
from PIL import Image

from build import crops

ROUTER = "http://127.0.0.1:8321"
count = int(sys.argv[1])
seen: Counter[str] = Counter()
for number, crop in enumerate(crops(count)):
    photograph = io.BytesIO()
    Image.fromarray(crop).save(photograph, "png")
    answer = httpx.post(
        f"{ROUTER}/v1/classify",
        content=photograph.getvalue(),
        headers={"Content-Type": "image/png", "X-Client": f"client-{number}"},
        timeout=30,
    )
    seen[f"{answer.status_code} {answer.json().get('version', '')}"] += 1
for kind, times in sorted(seen.items()):
    print(f"{times:3} answers {kind}")
operator = {"Authorization": f"Bearer {os.environ['ROUTER_OPERATOR_KEY']}"}
plan = httpx.get(f"{ROUTER}/plan", headers=operator, timeout=30).json()
print(plan["mode"], plan["weight"], plan["reason"])
