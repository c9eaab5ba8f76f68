"""Ask without a pause until a file named `enough` appears, but often enough."""

import collections
import http.client
import json
import ssl
import time
from pathlib import Path

picture = Path("artefact/golden.jpg").read_bytes()
context = ssl.create_default_context(cafile="certificate.pem")
headers = {"Content-Type": "image/jpeg"}
answers: collections.Counter[str] = collections.Counter()
end = time.monotonic() + 120
while time.monotonic() < end:
    if Path("enough").exists() and answers.total() > 20:
        break
    nginx = http.client.HTTPSConnection("127.0.0.1", 8285, context=context)
    nginx.request("POST", "/v1/classify?top=1", picture, headers)
    answer = nginx.getresponse()
    body = json.load(answer)
    answers[f"{answer.status} from {body.get('version')}"] += 1
    nginx.close()
    time.sleep(0.05)
print("asked often enough:", answers.total() > 20)
for answer in sorted(answers):
    print(answer)
