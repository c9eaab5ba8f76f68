"""As of transformers v4.44, default chat template is no longer allowed."""
# --8<-- [start:base]
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

words = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1}, "[UNK]"))
words.pre_tokenizer = pre_tokenizers.Whitespace()
PreTrainedTokenizerFast(
    tokenizer_object=words, unk_token="[UNK]", eos_token="</s>"
).save_pretrained("base-model")

tokenizer = AutoTokenizer.from_pretrained("base-model")
chat = [{"role": "user", "content": "hello"}]
# --8<-- [end:base]

try:
    # --8<-- [start:fails]
    tokenizer.apply_chat_template(chat, tokenize=False)
    # --8<-- [end:fails]
except ValueError as error:
    print("ValueError:", error)

# --8<-- [start:chat]
tokenizer.chat_template = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
tokenizer.save_pretrained("chat-model")
prompt = tokenizer.apply_chat_template(
    chat, tokenize=False, add_generation_prompt=True
)
print(prompt)
# --8<-- [end:chat]

# --8<-- [start:look]
import json
import shutil
from pathlib import Path


def template_of(folder: str) -> str:
    """Say where a model's folder has its chat template."""
    if Path(folder, "chat_template.jinja").exists():
        return "chat_template.jinja"
    for name in ("tokenizer_config.json", "chat_template.json"):
        file = Path(folder, name)
        if file.exists() and "chat_template" in json.loads(file.read_text()):
            return name
    return "none"


shutil.copytree(
    "chat-model",
    "downloaded",
    ignore=shutil.ignore_patterns("*.jinja"),
    dirs_exist_ok=True,
)
for folder in ("base-model", "chat-model", "downloaded"):
    print(f"{folder:11}", template_of(folder))
# --8<-- [end:look]

# --8<-- [start:server]
import httpx

SERVED = "/models/glm-4-9b-chat"


def server(request: httpx.Request) -> httpx.Response:
    """Answer as vLLM does in the reports."""
    if request.url.path == "/v1/models":
        return httpx.Response(200, json={"data": [{"id": SERVED}]})
    asked = json.loads(request.content)["model"]
    if asked != SERVED:
        message = f"The model `{asked}` does not exist."
        return httpx.Response(404, json={"message": message})
    return httpx.Response(200, json={"model": asked})


client = httpx.Client(
    transport=httpx.MockTransport(server), base_url="http://vllm:8000"
)
# --8<-- [end:server]

# --8<-- [start:name]
def complete(model: str) -> str:
    answer = client.post("/v1/chat/completions", json={"model": model})
    return f"{answer.status_code} {answer.json()}"


print(complete("glm-4-9b-chat"))
name = client.get("/v1/models").json()["data"][0]["id"]
print(complete(name))
# --8<-- [end:name]
