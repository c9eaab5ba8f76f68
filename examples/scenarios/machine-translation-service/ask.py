"""Ask rightly and wrongly: python ask.py http://127.0.0.1:8421"""

import sys

import httpx

TEXTS = [
    "Delete the notebook",
    "Enter the name of %(name)s again, or delete this page.",
    "Supprimer le fichier",
]
WRONG = [
    {},
    {"text": ""},
    {"text": " %s "},
    {"text": "删除笔记本"},
    {"text": "word " * 101},
    {"text": "zq" * 80},
    {"text": "Save", "to": "fr"},
]
with httpx.Client(base_url=sys.argv[1], timeout=60) as client:
    for text in TEXTS:
        found = client.post("/v1/translate", json={"text": text}).json()
        print(text, "->", found["text"])
        print(
            f"  {found['finish']}, confidence {found['confidence']:.1f},"
            f" placeholders kept: {found['placeholders_kept']}"
        )
    for body in WRONG:
        answer = client.post("/v1/translate", json=body)
        [first, *_] = answer.json()["errors"]
        where = ".".join(first["loc"][1:])
        print(answer.status_code, f"{where}: {first['msg']}")
