# --8<-- [start:model]
import torch
from torch import nn


class Rescale(nn.Module):
    """Halves an image if its brightest pixel is above 1."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        if image.max() > 1:
            return image / 2
        return image


dark, bright = torch.tensor([0.5, 0.8]), torch.tensor([0.5, 2.0])
# --8<-- [end:model]
try:
    # --8<-- [start:fails]
    torch.export.export(Rescale(), (dark,))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)
# --8<-- [start:where]
class RescaleEither(nn.Module):
    """Computes both results and takes one."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.where(image.max() > 1, image / 2, image)


either = torch.export.export(RescaleEither(), (dark,)).module()
print(either(dark), either(bright))
# --8<-- [end:where]
# --8<-- [start:cond]
def halve(image: torch.Tensor) -> torch.Tensor:
    return image / 2


def keep(image: torch.Tensor) -> torch.Tensor:
    return image.clone()  # an output must not be the input itself


class RescaleOne(nn.Module):
    """Captures both branches and runs one."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.cond(image.max() > 1, halve, keep, (image,))


one = torch.export.export(RescaleOne(), (dark,)).module()
print(one(dark), one(bright))
# --8<-- [end:cond]
# --8<-- [start:check]
class Head(nn.Module):
    """The first `count` scores, at most 5 of them."""

    def forward(
        self, scores: torch.Tensor, count: torch.Tensor
    ) -> torch.Tensor:
        length = count.item()
        torch._check(length <= 5)
        if length > 5:
            raise ValueError("at most 5 scores")
        return scores.narrow(0, 0, length)


scores = torch.arange(10.0)
head = torch.export.export(Head(), (scores, torch.tensor(2))).module()
print(head(scores, torch.tensor(3)))
# --8<-- [end:check]
# --8<-- [start:assert]
class Root(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not torch.compiler.is_exporting():
            assert (x >= 0).all(), "negative"
        return x.sqrt()


root = torch.export.export(Root(), (torch.ones(2),)).module()
print(root(torch.ones(2)))
# --8<-- [end:assert]
