# --8<-- [start:model]
import torch
from torch import Tensor, nn

torch.manual_seed(0)
model = nn.Linear(4, 3).eval()


def labels(rows: Tensor) -> list[int]:
    """The likeliest class of each row, for rows (n, 4)."""
    return model(rows).argmax(dim=1).tolist()


print(len(labels(torch.zeros(2, 4))), "labels for 2 rows")
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    labels(torch.zeros(4))
    # --8<-- [end:fails]
except IndexError as error:
    print(error)


# --8<-- [start:fix]
def as_rows(values: list, features: int = 4) -> Tensor:
    """Rows (n, features) from one row or several; ValueError if neither."""
    rows = torch.tensor(values, dtype=torch.float32)
    if rows.ndim == 1:
        rows = rows.unsqueeze(0)
    if rows.ndim != 2 or rows.shape[1] != features:
        raise ValueError(f"expected (n, {features}), got {tuple(rows.shape)}")
    return rows


print(len(labels(as_rows([1, 2, 3, 4]))), "label for one row")
try:
    as_rows([1, 2, 3])
except ValueError as error:
    print(error)
# --8<-- [end:fix]
