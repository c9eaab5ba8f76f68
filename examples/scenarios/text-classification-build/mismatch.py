"""A tokenizer that keeps capitals, beside weights that know none."""

import json
import shutil
from pathlib import Path

from artefact import Refused, verify
from model import open_model
from text_model import self_test
from wordpieces import PREPROCESSING, Wordpieces

folder = Path("other")
shutil.copytree("artefact", folder, dirs_exist_ok=True)
path = folder / "tokenizer.json"
tokenizer = json.loads(path.read_text())
tokenizer["normalizer"]["lowercase"] = False
path.write_text(json.dumps(tokenizer))

for place in (Path("artefact"), folder):
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
