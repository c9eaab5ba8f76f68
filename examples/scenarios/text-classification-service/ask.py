"""Ask the service what it should and should not answer."""

import sys

import httpx

client = httpx.Client(base_url=sys.argv[1], timeout=120)


def ask(question: object) -> None:
    answer = client.post("/v1/classify", json=question)
    body = answer.json()
    for found in body.get("answers", []):
        text = f"{found['label']} {found['probability']:.2f}"
        print(answer.status_code, f"{text}, {found['tokens']} tokens")
    for detail in body.get("errors", []):
        where = ".".join(map(str, detail["loc"][1:]))
        print(answer.status_code, f"{where}: {detail['msg']}")


film = "A slow film, but the last scene is worth the ticket."
ask({"texts": [film, "The Senate votes on the bill on Friday."]})
print("-- too long")
long = film + " The battery lasts two days." * 60
ask({"texts": [long]})
ask({"texts": [long], "truncation": "head"})
ask({"texts": [long], "truncation": "ends"})
print("-- not this model's")
ask({"texts": [film, "  "]})
ask({"texts": ["这家餐厅的菜很好吃"]})
print("-- not the form")
ask({"texts": []})
ask({"texts": "a text"})
ask({"texts": [film] * 17})
ask({"texts": [film], "truncate": "head"})
ask({"texts": ["x" * 10_001]})
wrong = client.post("/v1/classify", content=film)
print(wrong.status_code, wrong.json()["detail"])
