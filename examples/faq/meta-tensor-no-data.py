# --8<-- [start:build]
import torch
from torch import nn


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))


torch.manual_seed(0)
trained = build().eval()
weights = trained.state_dict()
cut = {name: w for name, w in weights.items() if name != "2.bias"}

with torch.device("meta"):
    model = build().eval()
model.load_state_dict(cut, strict=False, assign=True)
# --8<-- [end:build]

try:
    # --8<-- [start:fails]
    model.to("cpu")
    # --8<-- [end:fails]
except NotImplementedError as error:
    print(error)

# --8<-- [start:find]
tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
print("no values:", [name for name, t in tensors.items() if t.is_meta])
# --8<-- [end:find]

# --8<-- [start:fix]
model.load_state_dict(weights, assign=True)
model.to("cpu")
rows = torch.randn(3, 4)
print("same:", torch.equal(model(rows), trained(rows)))
# --8<-- [end:fix]

# --8<-- [start:race]
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_memory() -> Iterator[None]:
    """Build modules on meta, in whatever thread they are built."""
    original = nn.Module.register_parameter

    def on_meta(module: nn.Module, name: str, value: nn.Parameter) -> None:
        original(module, name, nn.Parameter(value.to("meta")))

    nn.Module.register_parameter = on_meta
    try:
        yield
    finally:
        nn.Module.register_parameter = original


inside, done = threading.Event(), threading.Event()


def first_load() -> None:
    with without_memory():
        inside.set()
        done.wait()  # it takes its time


thread = threading.Thread(target=first_load)
thread.start()
inside.wait()
other = nn.Linear(4, 2)  # wants memory, and is not in the context
done.set()
thread.join()
print("the other model is on:", other.weight.device)
# --8<-- [end:race]

# --8<-- [start:lock]
from concurrent.futures import ThreadPoolExecutor

loading = threading.Lock()
models: dict[str, nn.Module] = {}
loads: list[str] = []


def get_model(name: str) -> nn.Module:
    """Return the model; the first call loads it."""
    with loading:
        if name not in models:
            loads.append(name)
            with without_memory():
                model = build()
            model.load_state_dict(weights, assign=True)
            models[name] = model.eval()
        return models[name]


with ThreadPoolExecutor(8) as pool:
    served = list(pool.map(get_model, ["small"] * 8))
print(f"loads: {len(loads)}, on: {served[-1][0].weight.device}")
# --8<-- [end:lock]
