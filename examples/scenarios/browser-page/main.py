# --8<-- [start:model]
import json
from pathlib import Path

import torch

from digits import export, load, train

torch.set_num_threads(1)  # this model is too small to share
images, digits, held_out, answers = load()
model = train(images, digits)
export(model, "digits.onnx")
test = {
    "images": held_out.flatten().int().tolist(),
    "answers": answers.tolist(),
    "logits": model(held_out).flatten().tolist(),
}
Path("expected.json").write_text(json.dumps(test))
print({name: len(values) for name, values in test.items()})
# --8<-- [end:model]
