import os

import torch
import torch.distributed as dist


def check() -> None:
    """Add up a tensor over all GPUs, or over processes without one."""
    cuda = torch.cuda.is_available()
    device = f"cuda:{os.environ['LOCAL_RANK']}" if cuda else "cpu"
    if cuda:
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if cuda else "gloo")
    size, rank = dist.get_world_size(), dist.get_rank()
    numbers = torch.full((1_000_000,), rank + 1.0, device=device)
    dist.all_reduce(numbers)
    right = bool((numbers == size * (size + 1) / 2).all())
    print(f"rank {rank} of {size}, {dist.get_backend()}: right {right}")
    dist.destroy_process_group()


if __name__ == "__main__":
    check()
