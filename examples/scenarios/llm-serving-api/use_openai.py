"""Use OpenAI's client: python use_openai.py http://127.0.0.1:8441"""

import sys

from openai import BadRequestError, OpenAI

client = OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="not-checked")
messages = [{"role": "user", "content": "What is better than nested?"}]
print([model.id for model in client.models.list()])
stream = client.chat.completions.create(
    model="zen-1", messages=messages, temperature=0, stream=True)
print("".join(chunk.choices[0].delta.content or "" for chunk in stream))
try:
    client.chat.completions.create(model="zen-1", messages=messages, n=2)
except BadRequestError as error:
    print(error.param, "-", error.body["message"])
