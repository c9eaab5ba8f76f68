# --8<-- [start:classic]
import torch
from torch import nn


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 50)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        return self.fc2(self.relu(self.fc1(x)))


torch.manual_seed(0)
inputs, targets = torch.randn(100, 10), torch.randn(100, 10)
model = SimpleNet()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(10):
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    print(f"Epoch {epoch + 1}, Loss: {loss.item():.3f}")

torch.save(model.state_dict(), "simple_net.pth")
# --8<-- [end:classic]
# --8<-- [start:noise]
unseen, truth = torch.randn(1000, 10), torch.randn(1000, 10)
with torch.inference_mode():
    print(f"the network      {criterion(model(unseen), truth):.2f}")
print(f"answering zero   {truth.square().mean():.2f}")
# --8<-- [end:noise]
try:
    # --8<-- [start:quantize-dynamic]
    quantized_model = torch.quantization.quantize_dynamic(
        model, {nn.Linear: nn.quantized.Linear}
    )
    # --8<-- [end:quantize-dynamic]
except AttributeError as error:
    print(error)
# --8<-- [start:script]
scripted_model = torch.jit.script(model)
torch.save(scripted_model.state_dict(), "deployed_model.pth")
# --8<-- [end:script]
try:
    # --8<-- [start:trace]
    traced_model = torch.jit.trace(model)
    # --8<-- [end:trace]
except RuntimeError as error:
    print(error)
try:
    # --8<-- [start:jit-load]
    deployed_model = torch.jit.load("deployed_model.pth")
    # --8<-- [end:jit-load]
except RuntimeError as error:
    print(error)
# --8<-- [start:same-weights]
trained = torch.load("simple_net.pth")
deployed = torch.load("deployed_model.pth")
same = all(torch.equal(trained[key], deployed[key]) for key in trained)
print("same names: ", list(trained) == list(deployed))
print("same values:", same)
# --8<-- [end:same-weights]
# --8<-- [start:data]
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from torch import Tensor

features, scores = load_diabetes(return_X_y=True, scaled=False)
train_x, test_x, train_y, test_y = (
    torch.tensor(part, dtype=torch.float32)
    for part in train_test_split(
        features, scores, test_size=0.25, random_state=0
    )
)
print("train", tuple(train_x.shape), "test", tuple(test_x.shape))
print(f"scores from {train_y.min():.0f} to {train_y.max():.0f}")
# --8<-- [end:data]
# --8<-- [start:measure]
follow_up = train_y.median()


def mean_error(predicted: Tensor) -> float:
    """Mean absolute error on the test records, in points."""
    return (predicted - test_y).abs().mean().item()


def right_decisions(predicted: Tensor) -> int:
    """Test records put on the right side of `follow_up`."""
    agree = (predicted > follow_up) == (test_y > follow_up)
    return int(agree.sum())


regression = LinearRegression().fit(train_x, train_y)
baselines = {
    "mean of the scores": train_y.mean().expand(len(test_y)),
    "linear regression": torch.tensor(
        regression.predict(test_x), dtype=torch.float32
    ),
}
print("follow up above", follow_up.item())
for name, predicted in baselines.items():
    print(
        f"{name:20}{mean_error(predicted):6.1f} points"
        f"{right_decisions(predicted):5d} of {len(test_y)} right"
    )
# --8<-- [end:measure]
# --8<-- [start:model]
class DiabetesNet(nn.Module):
    """Ten raw measurements in, one progression score out.

    Takes (batch, 10) in the units of the records and returns
    (batch,) in points; scaling is part of the model.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("feature_mean", torch.zeros(10))
        self.register_buffer("feature_std", torch.ones(10))
        self.register_buffer("score_mean", torch.zeros(()))
        self.register_buffer("score_std", torch.ones(()))
        self.hidden = nn.Linear(10, 50)
        self.output = nn.Linear(50, 1)

    def learn_scales(self, features: Tensor, scores: Tensor) -> None:
        """Keep mean and spread of the training records."""
        self.feature_mean.copy_(features.mean(dim=0))
        self.feature_std.copy_(features.std(dim=0))
        self.score_mean.copy_(scores.mean())
        self.score_std.copy_(scores.std())

    def forward(self, features: Tensor) -> Tensor:
        scaled = (features - self.feature_mean) / self.feature_std
        scores = self.output(torch.relu(self.hidden(scaled)))
        return scores.squeeze(-1) * self.score_std + self.score_mean
# --8<-- [end:model]
# --8<-- [start:train]
def train(network: DiabetesNet, epochs: int = 10) -> None:
    """SGD on the squared error, in units of the scores' spread."""
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    for _ in range(epochs):
        for rows in torch.randperm(len(train_x)).split(32):
            error = network(train_x[rows]) - train_y[rows]
            loss = (error / network.score_std).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


torch.manual_seed(0)
network = DiabetesNet()
network.learn_scales(train_x, train_y)
train(network)
network.eval()
with torch.inference_mode():
    reference = network(test_x)
print(
    f"network   {mean_error(reference):.1f} points"
    f"   {right_decisions(reference)} of {len(test_y)} right"
)
print("training mode:", network.training)
# --8<-- [end:train]
# --8<-- [start:save]
torch.save(network.state_dict(), "diabetes.pt")

with torch.device("meta"):
    from_weights = DiabetesNet().eval()
from_weights.load_state_dict(torch.load("diabetes.pt"), assign=True)
print("training mode:", from_weights.training)
print("device:", from_weights.hidden.weight.device)
# --8<-- [end:save]
# --8<-- [start:quantize]
import copy

from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    quantize_,
)

quantized = copy.deepcopy(network)
quantize_(quantized, Int8DynamicActivationInt8WeightConfig())
torch.save(quantized.state_dict(), "diabetes-int8.pt")

with torch.device("meta"):
    from_int8 = DiabetesNet().eval()
from_int8.load_state_dict(torch.load("diabetes-int8.pt"), assign=True)
print(from_int8.hidden.weight.qdata.dtype)
# --8<-- [end:quantize]
# --8<-- [start:export]
example = (torch.zeros(2, 10),)
batch = torch.export.Dim("batch", min=1, max=1024)
program = torch.export.export(
    network, example, dynamic_shapes={"features": {0: batch}}
)
for node in program.graph.nodes:
    node.meta.pop("stack_trace", None)
torch.export.save(program, "diabetes.pt2")

from_program = torch.export.load("diabetes.pt2").module()
print(*program.range_constraints.values())
# --8<-- [end:export]
# --8<-- [start:compare]
from pathlib import Path

artifacts = {
    "diabetes.pt": from_weights,
    "diabetes-int8.pt": from_int8,
    "diabetes.pt2": from_program,
}
limits = {
    "diabetes.pt": 1e-3,
    "diabetes-int8.pt": 5.0,
    "diabetes.pt2": 1e-3,
}

print("artifact           bytes  points  right  flips  within limit")
for name, reloaded in artifacts.items():
    with torch.inference_mode():
        answers = reloaded(test_x)
    apart = (answers - reference).abs().max().item()
    flips = (answers > follow_up) != (reference > follow_up)
    print(
        f"{name:17}{Path(name).stat().st_size:7,d}"
        f"{mean_error(answers):8.1f}{right_decisions(answers):7d}"
        f"{int(flips.sum()):7d}  {apart <= limits[name]}"
    )
# --8<-- [end:compare]
# --8<-- [start:speed]
from timeit import repeat


def best_time(model: nn.Module, features: Tensor) -> float:
    """Shortest of five runs of 20 calls, in seconds."""
    with torch.inference_mode():
        return min(repeat(lambda: model(features), number=20))


for rows in (1, len(test_x)):
    slower = best_time(from_int8, test_x[:rows]) > best_time(
        from_weights, test_x[:rows]
    )
    print(f"batch {rows:3d}: int8 slower than float32: {slower}")
# --8<-- [end:speed]
# --8<-- [start:golden]
golden = {"features": test_x[:8], "scores": reference[:8].clone()}
torch.save(golden, "golden.pt")
# --8<-- [end:golden]
