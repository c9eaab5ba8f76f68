# --8<-- [start:net]
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(8, 16),
    nn.BatchNorm1d(16),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(16, 4),
)
features = torch.randn(32, 8)
# --8<-- [end:net]

# --8<-- [start:fails]
before = model[1].running_mean.clone()
with torch.inference_mode():
    first, second = model(features), model(features)
print("same answers:", torch.equal(first, second))
print("same model:", torch.equal(before, model[1].running_mean))
# --8<-- [end:fails]

try:
    # --8<-- [start:one]
    model(features[:1])
    # --8<-- [end:one]
except ValueError as error:
    print(error)

# --8<-- [start:fix]
model.eval()
with torch.inference_mode():
    first, second = model(features), model(features)
    alone = model(features[:1])
print("same answers:", torch.equal(first, second))
print("alone as in the batch:", torch.allclose(alone[0], first[0]))
# --8<-- [end:fix]

# --8<-- [start:export]
program = torch.export.export(model, (features,))
exported = program.module()
print("as eval():", torch.allclose(exported(features), first))
# --8<-- [end:export]

try:
    # --8<-- [start:export-eval]
    exported.eval()
    # --8<-- [end:export-eval]
except NotImplementedError as error:
    print(error)

# --8<-- [start:move]
from torchao.quantization.pt2e import move_exported_model_to_eval

exported = torch.export.export(model.train(), (features,)).module()
print("same before:", torch.equal(exported(features), exported(features)))
move_exported_model_to_eval(exported)
second = exported(features)
print("same after:", torch.equal(exported(features), second))
print("as eval():", torch.allclose(second, model.eval()(features)))
# --8<-- [end:move]
