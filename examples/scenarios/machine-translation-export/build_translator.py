"""Build the artifact: sealed weights in, two checked programs out.

python build_translator.py [artifact]
"""

import json
import shutil
import sys
from pathlib import Path

import torch

import artifact
from catalogues import load_pairs
from decoding import translate
from exported import MAX_BATCH, Exported, export_programs
from golden import LONGEST, PREPROCESSING, golden_answer, self_test
from scoring import score
from weights import load

TOLERANCES = {"max_abs": 1e-3, "decision_flips": 0.0}


def build(weights: Path, folder: Path) -> artifact.Manifest:
    """Export, compare with eager piece by piece, and write the manifest."""
    model, subwords, sealed = load(weights)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    export_programs(model, folder)
    subwords.save(folder / "tokenizer.json")
    golden = json.dumps(golden_answer(model, subwords))
    (folder / "golden.json").write_text(golden)

    steps = Exported(folder)
    self_test(steps, subwords, folder, TOLERANCES["max_abs"])
    held_out = load_pairs(weights / "pairs.json")["test"]
    texts = [pair.english for pair in held_out]
    eager = translate(model, subwords, texts[:100])
    translations = translate(steps, subwords, texts)
    changed = sum(a != b for a, b in zip(eager, translations))
    bleu = score(translations, held_out)["bleu"]
    print(f"changed by the export: {changed} of {len(eager)}")
    print(f"BLEU as sealed: {abs(bleu - sealed['test']['bleu']) < 0.5}")
    if changed or abs(bleu - sealed["test"]["bleu"]) > 0.5:
        raise SystemExit("not built")
    size = "batch", LONGEST
    return artifact.write(folder, {
        "manifest_version": 1,
        "name": "catalogue-translator",
        "version": "1.0.0",
        "task": "translation, English to Chinese",
        "model": "Transformer, 3 + 3 layers of 192",
        "inputs": [{"name": "source", "dtype": "int64", "shape": size}],
        "outputs": [{"name": "pieces", "dtype": "int64", "shape": size}],
        "preprocessing": PREPROCESSING,
        "export": {
            "format": "torch.export",
            "torch": torch.__version__.partition("+")[0],
            "min_batch": 1,
            "max_batch": MAX_BATCH,
        },
        "accuracy": [{
            "metric": "sacreBLEU, tok:zh",
            "data": f"{len(texts)} held-out catalogue texts",
            "value": bleu,
        }],
        "tolerances": TOLERANCES,
    })  # fmt: skip


if __name__ == "__main__":
    torch.set_num_threads(1)  # so small a model gains nothing from more
    made = build(Path("weights"), Path(*sys.argv[1:] or ["artifact"]))
    print(f"{made.name} {made.version}, {len(made.files)} files")
