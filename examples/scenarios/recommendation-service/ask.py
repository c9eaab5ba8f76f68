"""Ask the service what it should and should not answer."""

import json
import sys

import httpx

client = httpx.Client(base_url=sys.argv[1], timeout=60)


def ask(question: object) -> dict:
    answer = client.post("/v1/recommend", json=question)
    body = answer.json()
    if answer.is_success:
        return body
    for detail in body["errors"]:
        where = ".".join(map(str, detail["loc"][1:])) or "body"
        print(answer.status_code, f"{where}: {detail['msg']}")
    return {}


someone = json.load(open("artifact/golden.json"))["user"]
first = ask({"user": someone, "top": 3})
print(first["because"], len(first["movies"]))
scores = [movie["match"] + movie["like"] for movie in first["movies"]]
print("each with its reasons:", all(scores))
names = [movie["movie"] for movie in first["movies"]]
second = ask({"user": someone, "top": 50, "without": names})
again = {movie["movie"] for movie in second["movies"]} & set(names)
print("without these:", len(second["movies"]), "more,", len(again), "again")
stranger = ask({"user": 999_999, "top": 3})
print(stranger["because"], len(stranger["movies"]), stranger["movies"][0])
unknown = ask({"user": someone, "top": 3, "without": [123_456]})
print("unknown movie ignored:", unknown == first)
ask({"user": "17"})
ask({"user": -1})
ask({"user": someone, "top": 0})
ask({"user": someone, "without": [1.5]})
ask({"user": someone, "tpo": 3})
ask([])
