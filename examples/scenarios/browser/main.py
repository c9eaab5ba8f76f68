# --8<-- [start:train]
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from digits import export, load, train

torch.set_num_threads(1)  # this model is too small to share
images, digits, held_out, answers = load()
model = train(images, digits)
baselines = {
    "nearest mean": NearestCentroid(),
    "logistic regression": LogisticRegression(C=0.01, max_iter=1000),
}
for name, baseline in baselines.items():
    baseline.fit(images.flatten(1), digits)
    score = baseline.score(held_out.flatten(1), answers)
    print(f"{name:19} {score:.2f}")
accuracy = (model(held_out).argmax(1) == answers).float().mean().item()
print(f"{'this model':19} {accuracy:.2f} on {len(answers)} held-out digits")
weights = sum(parameter.numel() for parameter in model.parameters())
print(f"{weights} weights")
# --8<-- [end:train]
# --8<-- [start:leak]
import re
from pathlib import Path

torch.onnx.export(
    model,
    (held_out[:2],),
    "plain.onnx",
    external_data=False,
    verbose=False,
)
plain = Path("plain.onnx").read_bytes()
paths = set(re.findall(rb"[^\s\"']+/digits\.py", plain))
print("paths to digits.py:", len(paths))
# --8<-- [end:leak]
# --8<-- [start:export]
export(model, "digits.onnx")
data = Path("digits.onnx").read_bytes()
print("paths left:", b".py" in data)
print(f"{len(data) / 1e3:.0f} kB; smaller: {len(data) < len(plain)}")
# --8<-- [end:export]
# --8<-- [start:gate]
import json

import numpy
import onnxruntime

session = onnxruntime.InferenceSession("digits.onnx")
(image,), (logits,) = session.get_inputs(), session.get_outputs()
print(image.name, image.type, image.shape, "->", logits.name, logits.shape)
expected = model(held_out).numpy()
got = session.run(None, {"image": held_out.numpy()})[0]
apart = float(numpy.abs(got - expected).max())
print("differs by less than 1e-4:", apart < 1e-4)
print("same decisions:", bool((got.argmax(1) == expected.argmax(1)).all()))
one = session.run(None, {"image": held_out[:1].numpy()})[0]
print("batch 1:", one.shape)
# --8<-- [end:gate]
# --8<-- [start:expected]
test = {
    "images": held_out.flatten().int().tolist(),
    "answers": answers.tolist(),
    "logits": [round(x, 6) for x in expected.flatten().tolist()],
}
Path("expected.json").write_text(json.dumps(test))
print({name: len(values) for name, values in test.items()})
# --8<-- [end:expected]
