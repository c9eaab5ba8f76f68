# --8<-- [start:save]
import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel

torch.manual_seed(0)
config = BertConfig(
    hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=8, vocab_size=20, max_position_embeddings=16,
    num_labels=3)
BertModel(config).save_pretrained("base")
trained = BertForSequenceClassification(config).eval()
trained.save_pretrained("tuned")
# --8<-- [end:save]


# --8<-- [start:fails]
from pathlib import Path


def report(folder: str) -> dict:
    """Load a classifier, and return what did not fit."""
    _, info = BertForSequenceClassification.from_pretrained(
        folder, output_loading_info=True)
    return info


print("base missing:", sorted(report("base")["missing_keys"]))
print("tuned missing:", sorted(report("tuned")["missing_keys"]))
# --8<-- [end:fails]


# --8<-- [start:random]
words = torch.tensor([[1, 2, 3]])
answers = set()
for seed in range(3):
    torch.manual_seed(seed)
    model = BertForSequenceClassification.from_pretrained("base").eval()
    with torch.no_grad():
        answers.add(tuple(model(words).logits[0].tolist()))
print("three loads, different answers:", len(answers))
# --8<-- [end:random]


# --8<-- [start:cases]
import shutil

from safetensors.torch import load_file, save_file


def altered(folder: str, change) -> None:
    """Copy the trained folder, with the names in its file changed."""
    shutil.copytree("tuned", folder, dirs_exist_ok=True)
    file = Path(folder, "model.safetensors")
    weights = {change(k): v.clone() for k, v in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})


altered("prefix", lambda name: f"module.{name}")
altered("renamed", lambda name: name.replace("classifier.", "score."))
altered("emptied", lambda name: "x" if "intermediate" in name else name)
# --8<-- [end:cases]


# --8<-- [start:diagnose]
def diagnose(folder: str) -> str:
    """Say why weights of this folder were filled with random numbers."""
    info = report(folder)
    missing, unused = info["missing_keys"], info["unexpected_keys"]
    if not missing and not info["mismatched_keys"]:
        return "complete"
    for name in missing:
        longer = [u for u in unused if u.endswith("." + name)]
        if longer:
            return f"a wrapper's prefix: {longer[0].removesuffix(name)}"
    parts = {name.split(".")[0] for name in missing}
    if parts == {"classifier"}:
        if unused:
            first = sorted(unused)[0]
            return f"only the head, and the file has {first}"
        return "only the head: the file is a base model"
    return f"{len(missing)} inside the model: another architecture or file"


for folder in ["tuned", "base", "prefix", "renamed", "emptied"]:
    print(f"{folder:8} {diagnose(folder)}")
# --8<-- [end:diagnose]


# --8<-- [start:strict]
def load_complete(cls: type, folder: str):
    """from_pretrained, which refuses a model with random weights."""
    model, info = cls.from_pretrained(folder, output_loading_info=True)
    bad = sorted(info["missing_keys"]) + [
        str(key) for key in info["mismatched_keys"]]
    if bad:
        raise RuntimeError(f"{folder}: no weights for {bad}")
    return model.eval()


# --8<-- [end:strict]


try:
    # --8<-- [start:refused]
    load_complete(BertForSequenceClassification, "base")
    # --8<-- [end:refused]
except RuntimeError as error:
    print(error)


# --8<-- [start:fixed]
file = Path("prefix", "model.safetensors")
weights = {name.removeprefix("module."): value.clone()
           for name, value in load_file(file).items()}
save_file(weights, file, metadata={"format": "pt"})

model = load_complete(BertForSequenceClassification, "prefix")
with torch.no_grad():
    same = torch.equal(model(words).logits, trained(words).logits)
print("as trained:", same)
# --8<-- [end:fixed]
