# --8<-- [start:script]
import torch
from torch import Tensor, nn


class Positive(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if bool(x.sum() < 0):
            return -x
        return x


model = Positive().eval()
scripted = torch.jit.script(model)
scripted.save("scripted.pt")
# --8<-- [end:script]

# --8<-- [start:trace]
example = torch.tensor([1.0])
with torch.no_grad():
    traced = torch.jit.trace(model, example)
# --8<-- [end:trace]

# --8<-- [start:differ]
inputs = torch.tensor([2.0]), torch.tensor([-2.0])
for name, module in {
    "eager:   ": model,
    "scripted:": scripted,
    "traced:  ": traced,
}.items():
    print(name, [module(x).item() for x in inputs])
# --8<-- [end:differ]

# --8<-- [start:export]
class PositiveByTensors(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x.sum() < 0, -x, x)


model = PositiveByTensors().eval()
program = torch.export.export(model, (example,))
torch.export.save(program, "program.pt2")
exported = torch.export.load("program.pt2").module()
print("exported:", [exported(x).item() for x in inputs])
# --8<-- [end:export]
