# --8<-- [start:folder]
import json
from pathlib import Path


def folder(name: str, file: str = "config.json", **config: object) -> None:
    """Make a model's folder, with nothing but a configuration."""
    Path(name).mkdir(exist_ok=True)
    Path(name, file).write_text(json.dumps(config))


folder("newer", model_type="shopformer", transformers_version="99.0.0")
# --8<-- [end:folder]


try:
    # --8<-- [start:fails]
    from transformers import AutoConfig, AutoModel

    AutoModel.from_pretrained("newer")
    # --8<-- [end:fails]
except ValueError as error:
    print(error)


try:
    # --8<-- [start:nokey]
    folder("lora", "adapter_config.json", peft_type="LORA")
    AutoModel.from_pretrained("lora")
    # --8<-- [end:nokey]
except ValueError as error:
    print(error)


# --8<-- [start:why]
from transformers import CONFIG_MAPPING

print("bert:", "bert" in CONFIG_MAPPING)
print("shopformer:", "shopformer" in CONFIG_MAPPING)
# --8<-- [end:why]


# --8<-- [start:look]
import transformers
from packaging.version import Version


def diagnose(folder: str) -> str:
    """Say why AutoModel knows no class for this folder."""
    path = Path(folder, "config.json")
    if not path.is_file():
        if Path(folder, "adapter_config.json").is_file():
            return "an adapter: load its base model, then this"
        return "no config.json: another folder, or a cut download"
    config = json.loads(path.read_text())
    name = config.get("model_type")
    if name is None:
        return "a config.json of another library"
    if name in CONFIG_MAPPING:
        return f"{name} is known: is this the Python that serves?"
    if "auto_map" in config:
        return "brings its own code: read it, then trust_remote_code=True"
    wrote = config.get("transformers_version", "0")
    if Version(wrote) > Version(transformers.__version__):
        return f"written by {wrote}, a newer one: update transformers"
    return "a class of the project that trained it: import that project"


# --8<-- [end:look]


# --8<-- [start:cases]
folder("own", model_type="ownformer", transformers_version="4.40.1")
folder("code", model_type="codeformer", auto_map={"AutoModel": "m.Model"})
folder("other", hidden_size=8)
folder("empty", "tokenizer.json")

for name in ["newer", "own", "code", "lora", "other", "empty"]:
    print(f"{name:6} {diagnose(name)}")
# --8<-- [end:cases]


# --8<-- [start:register]
from transformers import BertConfig, BertModel


class ShelfConfig(BertConfig):
    model_type = "shelfformer"


class ShelfModel(BertModel):
    config_class = ShelfConfig


config = ShelfConfig(
    hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=8, vocab_size=20, max_position_embeddings=16)
ShelfModel(config).save_pretrained("shelf")

AutoConfig.register("shelfformer", ShelfConfig, exist_ok=True)
AutoModel.register(ShelfConfig, ShelfModel, exist_ok=True)
print(type(AutoModel.from_pretrained("shelf")).__name__)
# --8<-- [end:register]


try:
    # --8<-- [start:removed]
    from transformers.utils.import_utils import is_torch_fx_available  # noqa: F401
    # --8<-- [end:removed]
except ImportError as error:
    print(error)


try:
    # --8<-- [start:attribute]
    from transformers import PretrainedConfig

    class ShopConfig(PretrainedConfig):
        model_type = "shopformer"

    ShopConfig().pad_token_id
    # --8<-- [end:attribute]
except AttributeError as error:
    print(error)


try:
    # --8<-- [start:tokenizer]
    from tokenizers import Tokenizer, models

    words = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")]))
    text = json.loads(words.to_str())
    text["model"]["type"] = "a type of a later release"
    Tokenizer.from_str(json.dumps(text))
    # --8<-- [end:tokenizer]
except Exception as error:
    print(error)


# --8<-- [start:merges]
text = json.loads(words.to_str())
pairs = text["model"]["merges"]
print("written:", pairs)
if any(" " in part for pair in pairs for part in pair):
    raise SystemExit("a space in a merge: the old form cannot hold it")
text["model"]["merges"] = [" ".join(pair) for pair in pairs]
print("for 0.19:", text["model"]["merges"])
old = Tokenizer.from_str(json.dumps(text))
print("same ids:", old.encode("abba").ids == words.encode("abba").ids)
# --8<-- [end:merges]
