"""Build the artefact of the sentiment model: python build_sentiment.py"""

import json
from pathlib import Path

from build_text import build
from finetune import LABELS, WEIGHTS, Calibrated, load_polarity
from sentences import load, sample

figures = json.loads(WEIGHTS.with_suffix(".json").read_text())
held_out = sample(load(), "test", 60)
made = build(
    Path("sentiment"),
    Calibrated(load_polarity(), figures["temperature"]).eval(),
    LABELS,
    [sentence.text for sentence in held_out],
    [sentence.polarity for sentence in held_out],
    {
        "name": "minilm-sentiment",
        "version": "1.0.0",
        "task": "sentiment of sentences",
        "model": "all-MiniLM-L6-v2, its last two layers fine-tuned",
        "accuracy": [{
            "metric": "macro-F1 before int8",
            "data": f"{figures['test']} held-out sentences",
            "value": figures["macro_f1"],
        }],
    },
)  # fmt: skip
print(f"{made.name} {made.version}, {len(made.files)} files")
