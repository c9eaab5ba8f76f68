"""Train, lower for one picture, and write a question with its answer."""

import hashlib
from pathlib import Path

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower

from digits import load, train

torch.set_num_threads(1)  # this model is too small to share
images, digits, held_out, answers = load()
model = train(images, digits)
program = torch.export.export(model, (held_out[:1],))  # one picture a call
edge = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
data = edge.to_executorch().buffer
Path("digits.pte").write_bytes(data)
sha256 = hashlib.sha256(data).hexdigest()
Path("digits.pte.sha256").write_text(f"{sha256}  digits.pte\n")

held_out.numpy().tofile("question.bin")
model(held_out).numpy().tofile("answer.bin")

bias = model.layers[-1].bias.numpy().tobytes()
damaged = bytearray(data)
damaged[damaged.index(bias) + 3] ^= 0x40  # one bit of one number
Path("damaged.pte").write_bytes(damaged)
right = (model(held_out).argmax(1) == answers).float().mean().item()
print(f"eager PyTorch: {right:.2f} of {len(held_out)} held-out digits")
