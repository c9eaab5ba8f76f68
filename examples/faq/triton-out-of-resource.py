"""out of resource: shared memory, Required: 163840, Hardware limit: 101376"""
# --8<-- [start:reproduce]
# "Hardware limit" in reports, in bytes of shared memory for one block
LIMITS = {
    "Tesla T4": 65_536,
    "RTX 3090, RTX 4090, A10G": 101_376,
    "H100": 232_448,
}


def one_step(m: int, n: int, k: int, a_bytes: int, b_bytes: int) -> int:
    """Bytes of the two tiles that a block multiplies in one step."""
    return m * k * a_bytes + k * n * b_bytes


# BLOCK_M=16, BLOCK_N=128, BLOCK_K=256, bf16 by int8, num_stages=5
step = one_step(16, 128, 256, a_bytes=2, b_bytes=1)
required = step * (5 - 1)
print("Required:", required)
for card, limit in LIMITS.items():
    print(f"{card}:", "fits" if required <= limit else "out of resource")
# --8<-- [end:reproduce]


# --8<-- [start:smaller]
def most_stages(step: int, limit: int) -> int:
    """The largest num_stages whose tiles fit."""
    return limit // step + 1


smaller = one_step(16, 128, 64, a_bytes=2, b_bytes=1)  # BLOCK_K=64
for card, limit in LIMITS.items():
    print(f"{card}: {most_stages(step, limit)}, "
          f"with BLOCK_K=64: {most_stages(smaller, limit)}")
# --8<-- [end:smaller]

# --8<-- [start:sms]
from types import SimpleNamespace
from unittest import mock

import torch
from torch._inductor import utils


def say(message: str, extra: dict) -> None:
    print(" ", message, extra)


for card, multiprocessors in {"RTX 3070": 46, "RTX 3080": 68}.items():
    properties = SimpleNamespace(
        type="cuda", major=8, multi_processor_count=multiprocessors
    )
    with (
        mock.patch.object(
            utils.DeviceProperties, "create", return_value=properties
        ),
        mock.patch.object(utils.log, "warning", say),
    ):
        big = utils.is_big_gpu.__wrapped__(torch.device("cuda:0"))
    print(card, "tunes matrix products:", big)
# --8<-- [end:sms]
