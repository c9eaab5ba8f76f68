# --8<-- [start:tied]
import torch
from torch import Tensor, nn


class LanguageModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(100, 8)
        self.head = nn.Linear(8, 100, bias=False)
        self.head.weight = self.words.weight

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.words(ids))


model = LanguageModel()
# --8<-- [end:tied]

try:
    # --8<-- [start:fails]
    from safetensors.torch import save_file

    save_file(model.state_dict(), "model.safetensors")
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:fix]
from safetensors.torch import load_file, load_model, save_model

save_model(model, "model.safetensors")
print("names in the file:", list(load_file("model.safetensors")))

loaded = LanguageModel()
load_model(loaded, "model.safetensors")
same = loaded.words.weight is loaded.head.weight
print("still one matrix:", same)
# --8<-- [end:fix]
