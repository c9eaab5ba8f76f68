# --8<-- [start:formula]
import torch
from torch import nn


def table_bytes(rows: int, width: int, per_number: int, per_row: int) -> int:
    return rows * (width * per_number + per_row)


table = nn.EmbeddingBag(100_000, 32, mode="mean")
measured = table.weight.nbytes
print(measured, measured == table_bytes(100_000, 32, 4, 0))
for name, rows in (("a city", 10**6), ("a country", 10**8)):
    gib = table_bytes(rows, 128, 4, 0) / 2**30
    adam = 3 * gib  # the weights and two moments of each
    print(f"{name}: {gib:.1f} GiB, {adam:.1f} GiB while it trains")
# --8<-- [end:formula]

# --8<-- [start:torchao]
from torchao.quantization import Int8WeightOnlyConfig, quantize_

small = nn.Sequential(nn.EmbeddingBag(100, 32, mode="mean"))
quantize_(
    small,
    Int8WeightOnlyConfig(),
    filter_fn=lambda module, name: isinstance(module, nn.EmbeddingBag),
)
print(type(small[0].weight).__name__)
try:
    small(torch.zeros(1, 4, dtype=torch.int64))
except NotImplementedError as error:
    print(str(error)[:80])
# --8<-- [end:torchao]

# --8<-- [start:rows]
from int8_tables import Int8Bag, convert

int8 = Int8Bag(table)
print(int8.rows.dtype, tuple(int8.rows.shape))
print(int8.rows.nbytes == table_bytes(100_000, 32, 1, 8))
print(f"{measured / int8.rows.nbytes:.1f} times smaller")
torch.manual_seed(0)
bags = torch.randint(100_000, (500, 20))
difference = (int8(bags) - table(bags)).abs().max().item()
widest = (table.weight.amax(1) - table.weight.amin(1)).max().item()
print("within half a step:", difference <= widest / 255 / 2)
# --8<-- [end:rows]

# --8<-- [start:gate]
import copy
from pathlib import Path

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

import planted
from features import State, replay
from ranker import inputs, train_ranker
from ratings import DAY, load

torch.set_num_threads(1)  # these models are too small to share
planted.write(Path("ml-planted"))
past, test = load(Path("ml-planted")).split(planted.START + 660 * DAY)
state = State(past)
model, _ = train_ranker(state, replay(state, past), epochs=2)
later = replay(state, test)
given = inputs(state, later, np.arange(len(test)))
light = convert(copy.deepcopy(model))
with torch.inference_mode():
    before, after = (m(*given).sigmoid().numpy() for m in (model, light))
auc = [roc_auc_score(later.liked, p) for p in (before, after)]
loss = [log_loss(later.liked, p) for p in (before, after)]
print(f"AUC {auc[0]:.2f} and {auc[1]:.2f}")
print("probability moved by at most 0.05:", abs(before - after).max() < 0.05)
print("gate, AUC:", auc[1] > auc[0] - 0.001)
print("gate, log-loss:", loss[1] < loss[0] + 0.001)
# --8<-- [end:gate]

# --8<-- [start:export]
candidates = torch.export.Dim("candidates", min=1, max=500)
example = [tensor[:1] for tensor in given[:3]]
example += [tensor[:100] for tensor in given[3:]]
form = (None, None, None, *[{0: candidates}] * 3)
for name, ranker in (("fp32", model), ("int8", light)):
    program = torch.export.export(ranker, tuple(example), dynamic_shapes=form)
    torch.export.save(program, f"{name}.pt2")
again = torch.export.load("int8.pt2").module()
with torch.inference_mode():
    print("same:", torch.equal(again(*example), light(*example)))
parts = [dict(ranker.state_dict()) for ranker in (model, light)]
tables = ("user", "history", "item", "genres")
held = [
    sum(v.nbytes for k, v in part.items() if k.startswith(tables))
    for part in parts
]
print(f"tables: {held[0] / held[1]:.2f} times smaller")
# --8<-- [end:export]
