# --8<-- [start:model]
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class DynamicCache:
    keys: Tensor
    values: Tensor


class LanguageModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(100, 8)

    def forward(
        self, ids: Tensor, use_cache: bool = True
    ) -> tuple[Tensor, DynamicCache | None]:
        logits = self.words(ids)
        cache = DynamicCache(logits, logits) if use_cache else None
        return logits, cache


model = LanguageModel().eval()
ids = torch.ones(2, 5, dtype=torch.long)
# --8<-- [end:model]

try:
    # --8<-- [start:fails]
    torch.export.export(model, (ids,))
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:wrapper]
class LogitsOnly(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor) -> Tensor:
        logits, _ = self.model(ids, use_cache=False)
        return logits


program = torch.export.export(LogitsOnly(model), (ids,))
print(tuple(program.module()(ids).shape))
# --8<-- [end:wrapper]

# --8<-- [start:register]
torch.export.register_dataclass(
    DynamicCache, serialized_type_name="example.DynamicCache"
)
program = torch.export.export(model, (ids,))
_, cache = program.module()(ids)
print(type(cache).__name__, tuple(cache.keys.shape))
# --8<-- [end:register]
