# --8<-- [start:check]
import os

import torch

shape, workers, prefetch = (128, 3, 224, 224), 2, 2
batch = torch.Size(shape).numel() * torch.float32.itemsize
print(f"needed:   {batch * workers * prefetch / 2**20:.0f} MiB")

memory = os.statvfs("/dev/shm")
free = memory.f_bavail * memory.f_frsize
if free < batch * workers * prefetch:
    print(f"only {free / 2**20:.0f} MiB of /dev/shm are free")
# --8<-- [end:check]
