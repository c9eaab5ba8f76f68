import torch
from torch.utils.data import DataLoader, TensorDataset

if __name__ == "__main__":
    images = TensorDataset(torch.zeros(128, 3, 224, 224))
    for [batch] in DataLoader(images, batch_size=128, num_workers=1):
        print(f"{batch.nbytes / 2**20:.0f} MiB arrived")
