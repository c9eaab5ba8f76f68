"""Use OpenAI's client: python use_openai.py http://127.0.0.1:8441"""

import sys

from openai import APIStatusError, OpenAI

MESSAGES = [{"role": "user", "content": "What is better than nested?"}]
client = OpenAI(base_url=f"{sys.argv[1]}/v1")  # key: OPENAI_API_KEY
stranger = client.with_options(api_key="a key that nobody has")

print([model.id for model in client.models.list()])
stream = client.chat.completions.create(
    model="zen-1", messages=MESSAGES, temperature=0, stream=True)
print("".join(chunk.choices[0].delta.content or "" for chunk in stream))
long = [{"role": "user", "content": "x" * 300_000}]
for asked, wrong in ((client, {"n": 2}), (client, {"model": "gpt-5"}),
                     (client, {"messages": long}), (stranger, {})):
    try:
        asked.chat.completions.create(
            **{"model": "zen-1", "messages": MESSAGES} | wrong)
    except APIStatusError as error:
        print(type(error).__name__, error.status_code, error.body)
