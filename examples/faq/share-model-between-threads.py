# --8<-- [start:model]
import threading
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn

both_inside = threading.Barrier(2)


class Remembers(nn.Module):
    """Keeps an intermediate result on self."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 3)

    def forward(self, row: Tensor) -> Tensor:
        self.features = self.body(row).relu()
        both_inside.wait()  # stands for the layers in between
        return self.head(self.features)
# --8<-- [end:model]


# --8<-- [start:mixed]
def answers(model: nn.Module, rows: Tensor) -> list[Tensor]:
    """Answer two requests at the same time, with one model."""

    def request(row: Tensor) -> Tensor:
        with torch.inference_mode():
            return model(row[None])[0]

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(request, rows))


torch.manual_seed(0)
rows = torch.randn(2, 4)
one, two = answers(Remembers().eval(), rows)
print("two rows, one answer:", torch.equal(one, two))
# --8<-- [end:mixed]


# --8<-- [start:local]
class Forgets(Remembers):
    def forward(self, row: Tensor) -> Tensor:
        features = self.body(row).relu()  # a variable, and not self.
        both_inside.wait()
        return self.head(features)


one, two = answers(Forgets().eval(), rows)
print("two rows, one answer:", torch.equal(one, two))
# --8<-- [end:local]


# --8<-- [start:check]
def written_by(model: nn.Module, example: Tensor) -> list[str]:
    """Name what one forward pass sets or changes on the modules.

    It sees attributes that are set anew and buffers whose values change,
    and misses a list or a dict that is filled in place.
    """

    def state() -> dict[str, object]:
        found: dict[str, object] = {}
        for prefix, module in model.named_modules():
            for key in vars(module).keys() - vars(nn.Module()).keys():
                found[f"{prefix}.{key}".lstrip(".")] = vars(module)[key]
        buffers = {name: b.clone() for name, b in model.named_buffers()}
        return found | buffers

    def same(a: object, b: object) -> bool:
        if isinstance(a, Tensor) and isinstance(b, Tensor):
            return a is b or torch.equal(a, b)
        return a is b

    before = state()
    with torch.inference_mode():
        model(example)
    after = state()
    return [k for k in after if not same(before.get(k), after[k])]


both_inside = threading.Barrier(1)  # from here on one call at a time
batch = torch.randn(2, 4)
norm = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))
print("Remembers:", written_by(Remembers().eval(), batch))
print("Forgets:", written_by(Forgets().eval(), batch))
print("BatchNorm, eval():", written_by(norm.eval(), batch))
print("BatchNorm, train():", written_by(norm.train(), batch))
# --8<-- [end:check]


# --8<-- [start:mode]
torch.set_grad_enabled(False)  # in the thread that starts the service
with ThreadPoolExecutor(1) as pool:
    enabled = pool.submit(torch.is_grad_enabled).result()
print("gradients here:", torch.is_grad_enabled())
print("gradients in a worker thread:", enabled)
# --8<-- [end:mode]


# --8<-- [start:many]
torch.set_grad_enabled(True)
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
model.eval()
requests = torch.randn(400, 64)


@torch.inference_mode()  # on the function that the worker runs
def predict(row: Tensor) -> Tensor:
    return model(row[None])[0]


alone = [predict(row) for row in requests]
with ThreadPoolExecutor(8) as pool:
    together = list(pool.map(predict, requests))
right = sum(map(torch.allclose, alone, together))
print(f"{right} of {len(requests)} as when called alone")
# --8<-- [end:many]
