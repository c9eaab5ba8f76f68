"""The classifier of digits, as a program for any number of pictures."""

import torch
from torch.export import Dim

from digits import load, train

torch.set_num_threads(1)
images, digits, held_out, answers = load()
model = train(images, digits)
batch = Dim("batch", min=1, max=1 << 20)
program = torch.export.export(
    model, (held_out[:2],), dynamic_shapes=({0: batch},)
)
torch.export.save(program, "digits.pt2")
