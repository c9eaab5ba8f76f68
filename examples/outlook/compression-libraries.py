# --8<-- [start:configs]
import copy

import torch
from torch import nn
from torchao import quantization as ao
from torchao.prototype.quantization.int4 import (
    PrototypeInt4WeightOnlyConfig,
)

torch.manual_seed(0)
layer = nn.Sequential(nn.Linear(512, 512)).eval()
rows = torch.rand(8, 512)
configs = {
    "8-bit weights": ao.Int8WeightOnlyConfig(),
    "8-bit weights and activations":
        ao.Int8DynamicActivationInt8WeightConfig(),
    "2-bit weights": ao.IntxWeightOnlyConfig(weight_dtype=torch.int2),
    "8-bit floats, weights": ao.Float8WeightOnlyConfig(),
    "8-bit floats, both": ao.Float8DynamicActivationFloat8WeightConfig(),
    "4-bit weights": ao.Int4WeightOnlyConfig(),
    "4-bit weights, prototype": PrototypeInt4WeightOnlyConfig(),
}
off = {}
for name, config in configs.items():
    model = copy.deepcopy(layer)
    try:
        ao.quantize_(model, config)
        error = (model(rows) - layer(rows)).norm() / layer(rows).norm()
        off[name] = error.item()
        print(f"{name}: runs, off by {100 * off[name]:.0f} %")
    except (AssertionError, ImportError) as failure:
        print(f"{name}: {str(failure)[:49]}")
# --8<-- [end:configs]


# --8<-- [start:int4]
model = copy.deepcopy(layer)
ao.quantize_(model, PrototypeInt4WeightOnlyConfig())
codes = model[0].weight.qdata
print(f"{codes.nbytes / layer[0].weight.numel()} bytes for each weight")
# --8<-- [end:int4]


# --8<-- [start:two-four]
from torch.ao.pruning import WeightNormSparsifier

model = copy.deepcopy(layer)
sparsifier = WeightNormSparsifier(
    sparsity_level=1.0, sparse_block_shape=(1, 4), zeros_per_block=2)
sparsifier.prepare(model, [{"tensor_fqn": "0.weight"}])
sparsifier.step()
sparsifier.squash_mask()
print(f"{(model[0].weight == 0).float().mean():.0%} zeros,",
      f"{model[0].weight.nbytes / layer[0].weight.nbytes:.0%} of the bytes")
# --8<-- [end:two-four]

try:
    # --8<-- [start:semi-structured]
    from torch.sparse import to_sparse_semi_structured

    to_sparse_semi_structured(model[0].weight.detach().half())
    # --8<-- [end:semi-structured]
except RuntimeError as error:
    print(error)
