try:
    # --8<-- [start:fails]
    from torchao.quantization import int8_weight_only
    # --8<-- [end:fails]
except ImportError as error:
    print(error)


# --8<-- [start:fix]
import torch
from torchao.quantization import Int8WeightOnlyConfig, quantize_

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(64, 8)).eval()
batch = torch.randn(4, 64)
with torch.inference_mode():
    expected = model(batch)
    quantize_(model, Int8WeightOnlyConfig())
    noise = (model(batch) - expected).norm()
print(model[0].weight.qdata.dtype)
print("exact:", noise.item() == 0)
print("noise under 2 %:", bool(noise < 0.02 * expected.norm()))
# --8<-- [end:fix]


try:
    # --8<-- [start:group]
    config = Int8WeightOnlyConfig(group_size=32)
    # --8<-- [end:group]
except AssertionError as error:
    print(error)


# --8<-- [start:group-fix]
from torchao.quantization.granularity import PerGroup

grouped = torch.nn.Sequential(torch.nn.Linear(64, 8)).eval()
quantize_(grouped, Int8WeightOnlyConfig(granularity=PerGroup(32)))
print("scales:", tuple(grouped[0].weight.scale.shape))
# --8<-- [end:group-fix]
