# --8<-- [start:scorer]
import torch
from torch import nn


class Scorer(nn.Module):
    """Sums the scores of up to 8 rows, averages those of more."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        scores = torch.relu(self.layer(rows))
        if rows.shape[0] > 8:
            return scores.mean(0)
        return scores.sum(0)


torch.manual_seed(0)
scorer = Scorer().eval()
four_rows, twenty_rows = torch.randn(4, 3), torch.randn(20, 3)
# --8<-- [end:scorer]

# --8<-- [start:guard]
from torch.export import Dim, export

flexible = export(
    scorer, (four_rows,), dynamic_shapes={"rows": {0: Dim.AUTO}}
)
sizes = list(flexible.range_constraints.values())
rows = flexible.graph.find_nodes(op="placeholder")[-1]
print("in the graph:", tuple(str(size) for size in rows.meta["val"].shape))
print("rows from", sizes[0].lower, "to", sizes[0].upper)
print(flexible.module()(torch.randn(7, 3)).shape)
# --8<-- [end:guard]

try:
    # --8<-- [start:guard-fails]
    flexible.module()(twenty_rows)
    # --8<-- [end:guard-fails]
except AssertionError as error:
    print(error)

# --8<-- [start:branch]
class Rescale(nn.Module):
    """Halves an image if its brightest pixel is above 1."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        if image.max() > 1:
            return image / 2
        return image


dark, bright = torch.tensor([0.5, 0.8]), torch.tensor([0.5, 2.0])
# --8<-- [end:branch]

try:
    # --8<-- [start:branch-fails]
    export(Rescale(), (dark,))
    # --8<-- [end:branch-fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:draft]
draft = torch.export.draft_export(Rescale(), (dark,))
for failure in draft._report.failures:
    print(failure.failure_type.name, failure.data["expr"])
# --8<-- [end:draft]

try:
    # --8<-- [start:draft-runs]
    print(draft.module()(dark))
    draft.module()(bright)
    # --8<-- [end:draft-runs]
except RuntimeError as error:
    print(error)

# --8<-- [start:cond]
class RescaleBoth(nn.Module):
    """Rescale, with both branches in the graph."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.cond(
            image.max() > 1,
            lambda pixels: pixels / 2,
            lambda pixels: pixels.clone(),
            (image,),
        )


both = export(RescaleBoth(), (dark,)).module()
print(both(dark), both(bright))
# --8<-- [end:cond]

# --8<-- [start:cond-graph]
program = export(RescaleBoth(), (dark,))
for node in program.graph.nodes:
    if node.op == "call_function":
        print(node.name, "of", *(argument.name for argument in node.args
                                 if isinstance(argument, torch.fx.Node)))
# --8<-- [end:cond-graph]

# --8<-- [start:where]
class RescaleWhere(nn.Module):
    """Rescale, computing both results and choosing one."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.where(image.max() > 1, image / 2, image)


chosen = export(RescaleWhere(), (dark,)).module()
print(chosen(dark), chosen(bright))
# --8<-- [end:where]

# --8<-- [start:while]
from torch._higher_order_ops import while_loop


class Repeat(nn.Module):
    """Adds 1 as many times as its input says."""

    def forward(self, count: torch.Tensor) -> torch.Tensor:
        left, total = while_loop(
            lambda left, total: left > 0,
            lambda left, total: (left - 1, total + 1),
            (count.sum(), torch.zeros(())),
        )
        return total


repeat = export(Repeat(), (torch.ones(1),)).module()
print(repeat(torch.tensor([1.0])), repeat(torch.tensor([10.0])))
# --8<-- [end:while]
