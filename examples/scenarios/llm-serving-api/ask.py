"""Use the API rightly and wrongly: python ask.py http://127.0.0.1:8441"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx

QUESTIONS = ["What is better than ugly?", "Errors should", "Flat is",
             "What is better than dense?", "Readability", "Now is"]
client = httpx.Client(
    base_url=sys.argv[1], timeout=60,
    headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"})


def chat(question: str, **options: object) -> httpx.Response:
    messages = [{"role": "user", "content": question}]
    return client.post("/v1/chat/completions", json={
        "model": "zen-1", "messages": messages, "temperature": 0} | options)


def text(response: httpx.Response) -> str:
    return response.json()["choices"][0]["message"]["content"]


one = chat(QUESTIONS[0]).json()
print(one["choices"][0]["message"]["content"],
      one["choices"][0]["finish_reason"], one["usage"])
with ThreadPoolExecutor(6) as clients:
    together = [text(reply) for reply in clients.map(chat, QUESTIONS)]
alone = [text(chat(question)) for question in QUESTIONS]
equal = sum(map(str.__eq__, together, alone))
print(f"{equal} of {len(alone)} the same together and alone")
long = {"seed": 1, "temperature": 1.5, "max_tokens": 50}
first, second = (text(chat(QUESTIONS[0], **long)) for _ in range(2))
print("the same text from the same seed:", first == second)
for wrong in ({"model": "gpt-5"}, {"max_tokens": 0}, {"n": 2},
              {"logit_bias": {}}, {"max_tokens": 120}, {"messages": []}):
    reply = chat(QUESTIONS[0], **wrong)
    error = reply.json()["error"]
    print(reply.status_code, error["code"], error["message"])
