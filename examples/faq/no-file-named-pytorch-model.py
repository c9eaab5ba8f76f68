# --8<-- [start:folder]
import os
from pathlib import Path

from transformers import BertConfig, BertModel

config = BertConfig(
    hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=8, vocab_size=20, max_position_embeddings=16)
config.save_pretrained("model")
print(os.listdir("model"))
# --8<-- [end:folder]


try:
    # --8<-- [start:fails]
    BertModel.from_pretrained("model")
    # --8<-- [end:fails]
except OSError as error:
    print(error)


try:
    # --8<-- [start:safe]
    BertModel.from_pretrained("model", use_safetensors=True)
    # --8<-- [end:safe]
except OSError as error:
    print(error)


# --8<-- [start:look]
KNOWN = ["model.safetensors", "model.safetensors.index.json",
         "pytorch_model.bin", "pytorch_model.bin.index.json"]


def diagnose(folder: str) -> str:
    """Say what from_pretrained would find in the folder."""
    path = Path(folder)
    if not path.is_dir():
        return "no such folder"
    names = {file.name for file in path.rglob("*") if file.is_file()}
    here = {file.name for file in path.iterdir() if file.is_file()}
    for name in KNOWN:
        if name in here:
            with open(path / name, "rb") as file:
                if file.read(7) == b"version":
                    return f"{name} is a pointer of Git LFS"
            return f"{name}, {(path / name).stat().st_size} bytes"
    if "adapter_config.json" in here:
        return "an adapter only: load the base model, then this"
    if any(".incomplete" in name for name in names):
        return "a download that was broken off"
    if names & set(KNOWN):
        return "one folder too high: the weights are in a subfolder"
    if any(name.endswith((".gguf", ".onnx", ".h5")) for name in names):
        return "weights of another program"
    if "tokenizer.json" in here or "vocab.txt" in here:
        return "a tokenizer, without a model"
    return "no weights: " + (", ".join(sorted(here)) or "empty")


# --8<-- [end:look]


# --8<-- [start:cases]
def make(folder: str, **files: str) -> None:
    """Write small files; `__` in a keyword stands for a dot."""
    Path(folder).mkdir(exist_ok=True)
    for name, text in files.items():
        Path(folder, name.replace("__", ".")).write_text(text)


make("lora", adapter_config__json="{}", adapter_model__safetensors="")
make("cloned", config__json="{}", model__safetensors="version https://")
make("words", vocab__txt="[PAD]", tokenizer_config__json="{}")
make("run", trainer_log__json="[]")
BertModel(config).save_pretrained("run/checkpoint-500")

for folder in ["model", "lora", "cloned", "words", "run", "nowhere"]:
    print(f"{folder:8}{diagnose(folder)}")
# --8<-- [end:cases]


# --8<-- [start:works]
model = BertModel.from_pretrained("run/checkpoint-500")
print(sorted(os.listdir("run/checkpoint-500")))
print(sum(weight.numel() for weight in model.parameters()), "weights")
# --8<-- [end:works]


# --8<-- [start:shard]
BertModel(config).save_pretrained("big", max_shard_size="1KB")
lost = sorted(Path("big").glob("*.safetensors"))[-1]
lost.unlink()
# --8<-- [end:shard]


try:
    # --8<-- [start:shard-fails]
    BertModel.from_pretrained("big")
    # --8<-- [end:shard-fails]
except FileNotFoundError as error:
    print(error)


# --8<-- [start:shards]
import json

from safetensors import safe_open


def check_shards(folder: str) -> list[str]:
    """Compare the index of a sharded model with the files beside it."""
    index = json.loads(
        Path(folder, "model.safetensors.index.json").read_text())
    wrong = []
    for name in sorted(set(index["weight_map"].values())):
        file = Path(folder, name)
        wanted = {k for k, v in index["weight_map"].items() if v == name}
        if not file.is_file():
            wrong.append(f"{name} is missing")
            continue
        with safe_open(file, framework="pt") as shard:
            if set(shard.keys()) != wanted:
                wrong.append(f"{name} has other tensors than the index says")
    return wrong


print(check_shards("big"))
BertModel(config).save_pretrained("big", max_shard_size="1KB")
print(check_shards("big"))
# --8<-- [end:shards]
