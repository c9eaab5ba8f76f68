"""CUDA error: device-side assert triggered"""
# --8<-- [start:model]
import torch
from torch import Tensor, nn

torch.manual_seed(0)
embedding = nn.Embedding(1000, 16)
ids = torch.tensor([[5, 17, 1000]])
# --8<-- [end:model]

try:
    # --8<-- [start:cpu]
    embedding(ids)
    # --8<-- [end:cpu]
except IndexError as error:
    print(error)

# --8<-- [start:causes]
from collections.abc import Callable


def first_line(call: Callable[[], Tensor]) -> str:
    """What the CPU says of a call that the GPU only asserts on."""
    try:
        call()
    except (IndexError, RuntimeError) as error:
        return str(error).splitlines()[0]
    return "no error"


logits, nan = torch.zeros(2, 3), torch.tensor([float("nan"), 1.0])
calls: dict[str, Callable[[], Tensor]] = {
    "embedding": lambda: embedding(ids),
    "cross_entropy": lambda: nn.functional.cross_entropy(
        logits, torch.tensor([0, 3])
    ),
    "gather": lambda: logits.gather(1, torch.tensor([[3], [0]])),
    "multinomial": lambda: torch.multinomial(nan, 1),
    "bce": lambda: nn.functional.binary_cross_entropy(
        torch.tensor([1.5]), torch.ones(1)
    ),
}
for name, call in calls.items():
    print(f"{name:14}", first_line(call))
# --8<-- [end:causes]


# --8<-- [start:check]
def check_ids(ids: Tensor, size: int) -> None:
    """Refuse ids outside of an embedding, on the CPU, before `.to()`."""
    low, high = ids.aminmax()
    if low < 0 or high >= size:
        raise ValueError(
            f"ids from {low.item()} to {high.item()}, but the model "
            f"has an embedding of {size}"
        )


check_ids(torch.tensor([[5, 17, 999]]), embedding.num_embeddings)
# --8<-- [end:check]

try:
    # --8<-- [start:refuse]
    check_ids(ids, embedding.num_embeddings)
    # --8<-- [end:refuse]
except ValueError as error:
    print(error)
