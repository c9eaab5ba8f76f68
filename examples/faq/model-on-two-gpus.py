"""Split a model over two GPUs for inference"""
try:
    # --8<-- [start:accelerate]
    from transformers import LlamaConfig, LlamaForCausalLM

    small = LlamaConfig(vocab_size=100, hidden_size=64, intermediate_size=128,
                        num_hidden_layers=2, num_attention_heads=4)
    LlamaForCausalLM(small).save_pretrained("model")
    LlamaForCausalLM.from_pretrained("model", device_map="auto")
    # --8<-- [end:accelerate]
except ValueError as error:
    print(error)

# --8<-- [start:split]
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Split(nn.Module):
    """Runs blocks one after the other, each on a device of its own."""

    def __init__(
        self, blocks: Sequence[nn.Module], devices: Sequence[str]
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            block.to(device)
            for block, device in zip(blocks, devices, strict=True)
        )
        self.devices = list(devices)

    def forward(self, rows: Tensor) -> Tensor:
        for block, device in zip(self.blocks, self.devices, strict=True):
            rows = block(rows.to(device))  # the hop; free if it is there
        return rows


def make_blocks(count: int = 4, width: int = 64) -> list[nn.Module]:
    torch.manual_seed(0)
    return [
        nn.Sequential(nn.Linear(width, width), nn.ReLU())
        for _ in range(count)
    ]


rows = torch.rand(2, 64)
with torch.inference_mode():
    whole = nn.Sequential(*make_blocks())(rows)
    same = Split(make_blocks(), ["cpu"] * 4)(rows)
    there = Split(make_blocks(), ["cpu", "cpu", "meta", "meta"])(rows)
print("largest difference:", (whole - same).abs().max().item())
print("answer on:", there.device)
# --8<-- [end:split]

try:
    # --8<-- [start:fails]
    blocks = make_blocks()
    blocks[2].to("meta")
    blocks[3].to("meta")
    nn.Sequential(*blocks)(rows)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:plan]
from transformers import LlamaConfig, LlamaForCausalLM


def place(parts: dict[str, int], room: Sequence[float]) -> dict[str, int]:
    """Return the GPU of each part: fill the first, then the next.

    `parts` are bytes in the order of computation, `room` bytes per GPU.
    """
    devices: dict[str, int] = {}
    gpu, left = 0, room[0]
    for name, size in parts.items():
        while size > left:
            gpu += 1
            if gpu == len(room):
                raise MemoryError(f"{name} fits on no GPU")
            left = room[gpu]
        devices[name] = gpu
        left -= size
    return devices


config = LlamaConfig(
    vocab_size=128_256, hidden_size=5120, intermediate_size=13_824,
    num_hidden_layers=40, num_attention_heads=40, num_key_value_heads=8,
)
with torch.device("meta"):  # shapes without memory
    model = LlamaForCausalLM(config).to(torch.bfloat16)
modules = {"model.embed_tokens": model.model.embed_tokens}
modules |= {
    f"model.layers.{i}": layer for i, layer in enumerate(model.model.layers)
}
modules |= {"model.norm": model.model.norm, "lm_head": model.lm_head}
parts = {
    name: sum(p.nbytes for p in module.parameters())
    for name, module in modules.items()
}
total = sum(parts.values()) / 1e9
print(f"weights: {total:.1f} GB")
device_map = place(parts, room=[14e9, 14e9])
for gpu in (0, 1):
    names = [name for name, device in device_map.items() if device == gpu]
    size = sum(parts[name] for name in names) / 1e9
    print(f"GPU {gpu}: {size:4.1f} GB, {names[0]} to {names[-1]}")
# --8<-- [end:plan]
