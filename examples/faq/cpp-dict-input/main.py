# --8<-- [start:export]
import torch
from torch import Tensor, nn


class Scorer(nn.Module):
    """Takes a dictionary and a tuple, returns a dictionary."""

    def forward(self, features: dict[str, Tensor],
                limits: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        low, high = limits
        score = features["price"] - 10 * features["age"]
        return {"score": score, "clipped": score.clamp(low, high)}


features = {"price": torch.tensor([100.0, 200.0]),
            "age": torch.tensor([1.0, 2.0])}
limits = torch.tensor(0.0), torch.tensor(150.0)
program = torch.export.export(Scorer(), (features, limits))
torch._inductor.aoti_compile_and_package(
    program, package_path="scorer.pt2")
# --8<-- [end:export]


# --8<-- [start:order]
signature = program.graph_signature
print("inputs: ", signature.user_inputs)
leaves, _ = torch.utils._pytree.tree_flatten_with_path((features, limits))
print("as path:", [torch.utils._pytree.keystr(path) for path, _ in leaves])
results, _ = torch.utils._pytree.tree_flatten_with_path(
    Scorer()(features, limits))
print("outputs:", [torch.utils._pytree.keystr(path) for path, _ in results])
# --8<-- [end:order]


# --8<-- [start:run]
package = torch._inductor.aoti_load_package("scorer.pt2")
flat = [features["price"], features["age"], *limits]
score, clipped = package.loader.run(flat)
print("as C++ calls it:", score.tolist(), clipped.tolist())

swapped = [features["age"], features["price"], *limits]
score, clipped = package.loader.run(swapped)
print("another order:  ", score.tolist(), clipped.tolist())
# --8<-- [end:run]


# --8<-- [start:keys]
other = {"age": features["age"], "price": features["price"]}
print("eager:  ", Scorer()(other, limits)["score"].tolist())
print("package:", package(other, limits)["score"].tolist())
# --8<-- [end:keys]


# --8<-- [start:wrapper]
class Flat(nn.Module):
    """The same model with named tensors, in an order of your own."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, age: Tensor, price: Tensor, low: Tensor,
                high: Tensor) -> tuple[Tensor, Tensor]:
        found = self.model({"price": price, "age": age}, (low, high))
        return found["score"], found["clipped"]


arguments = (features["age"], features["price"], *limits)
flat_program = torch.export.export(Flat(Scorer()), arguments)
print(flat_program.graph_signature.user_inputs)
# --8<-- [end:wrapper]
