import os
import signal

import torch
from torch.utils.data import DataLoader, Dataset


class Full(Dataset[torch.Tensor]):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> torch.Tensor:
        os.kill(os.getpid(), signal.SIGBUS)  # what the full /dev/shm did
        return torch.zeros(1)


if __name__ == "__main__":
    try:
        next(iter(DataLoader(Full(), num_workers=1)))
    except RuntimeError as error:
        print(error.__cause__)
