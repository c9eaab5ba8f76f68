# --8<-- [start:wrong]
"""Send what clients send by mistake, and print what comes back."""

import json

import httpx

good = [0.0] * 64
mistakes = {
    "an image too short": {"images": [good, [1.0, 2.0]]},
    "a pixel of 255": {"images": [[*good[:63], 255.0]]},
    "a pixel of NaN": {"images": [[float("nan"), *good[1:]]]},
    "a number in quotes": {"images": [["3", *good[1:]]]},
    "no image": {"images": []},
    "65 images": {"images": [good] * 65},
    "a misspelled field": {"image": [good]},
}

for mistake, body in mistakes.items():
    response = httpx.post(
        "http://127.0.0.1:8101/predict",
        content=json.dumps(body),
        headers={"content-type": "application/json"},
        timeout=60,
    )
    print(f"{mistake}: {response.status_code}")
    for error in response.json()["errors"]:
        print(f"  {error['field']}: {error['problem']}")
# --8<-- [end:wrong]
