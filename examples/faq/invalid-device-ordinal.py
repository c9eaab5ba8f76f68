"""CUDA error: invalid device ordinal"""

# --8<-- [start:name]
import torch

print(torch.device("cuda:7"))
# --8<-- [end:name]

# --8<-- [start:visible]
import os
from unittest import mock

with mock.patch.dict(os.environ, {"CUDA_VISIBLE_DEVICES": "3,1"}):
    visible = torch.cuda._parse_visible_devices()  # private
for number, gpu in enumerate(visible):
    print(f"cuda:{number} is GPU {gpu}")
# --8<-- [end:visible]


# --8<-- [start:choose]
def choose_gpu(number: int = 0) -> torch.device:
    """cuda:number, or an error that says what this process can see."""
    count = torch.cuda.device_count()
    if number >= count:
        value = os.environ.get("CUDA_VISIBLE_DEVICES", "not set")
        raise RuntimeError(
            f"cuda:{number} was asked for, and {count} GPU is visible; "
            f"CUDA_VISIBLE_DEVICES is {value}"
        )
    return torch.device("cuda", number)
# --8<-- [end:choose]


try:
    # --8<-- [start:refuse]
    with (
        mock.patch.object(torch.cuda, "device_count", lambda: 1),
        mock.patch.dict(os.environ, {"CUDA_VISIBLE_DEVICES": "2"}),
    ):
        choose_gpu(2)
    # --8<-- [end:refuse]
except RuntimeError as error:
    print(error)
