"""Due to a serious vulnerability issue in torch.load ... at least v2.6"""
# --8<-- [start:pretend]
from unittest import mock

from transformers.utils import import_utils

# What transformers finds with torch 2.5.
old_torch = mock.patch.object(
    import_utils, "is_torch_greater_or_equal", return_value=False
)
# --8<-- [end:pretend]

try:
    # --8<-- [start:fails]
    with old_torch:
        import_utils.check_torch_load_is_safe()
    # --8<-- [end:fails]
except ValueError as error:
    print(error)

# --8<-- [start:convert]
import torch
from safetensors.torch import load_file, save_file

torch.save({"weight": torch.arange(4.0)}, "pytorch_model.bin")


def convert(source: str, target: str) -> int:
    """Write a checkpoint of tensors as safetensors; how many."""
    weights = torch.load(source, map_location="cpu", weights_only=True)
    copies = {name: t.clone().contiguous() for name, t in weights.items()}
    save_file(copies, target, metadata={"format": "pt"})
    return len(copies)


print(convert("pytorch_model.bin", "model.safetensors"))
print(load_file("model.safetensors")["weight"].tolist())
# --8<-- [end:convert]
