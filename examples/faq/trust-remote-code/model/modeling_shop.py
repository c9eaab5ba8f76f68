from pathlib import Path

from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

Path("it-ran.txt").touch()  # a stand-in for anything at all


class ShopConfig(PretrainedConfig):
    model_type = "shop"


class ShopModel(PreTrainedModel):
    config_class = ShopConfig

    def __init__(self, config: ShopConfig) -> None:
        super().__init__(config)
        self.layer = nn.Linear(4, 2)
        self.post_init()

    def forward(self, rows: Tensor) -> Tensor:
        return self.layer(rows)
