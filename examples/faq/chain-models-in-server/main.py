# --8<-- [start:build]
import torch
from torch import Tensor, nn
from torch.export import Dim

torch.manual_seed(0)


class Finder(nn.Module):
    """Takes images [n, 32, 32]; returns the ink of each quarter [n, 4]."""

    def forward(self, images: Tensor) -> Tensor:
        quarters = nn.functional.avg_pool2d(images.unsqueeze(1), 16)
        return quarters.flatten(1)


reads = nn.Sequential(nn.Flatten(), nn.Linear(256, 10))
batch = {0: Dim("batch", max=64)}
for name, model, side in ("finder", Finder(), 32), ("reader", reads, 16):
    program = torch.export.export(model.eval(), (torch.rand(2, side, side),),
                                  dynamic_shapes=(batch,))
    torch.export.save(program, f"{name}.pt2")
# --8<-- [end:build]


# --8<-- [start:crowd]
import asyncio

import httpx

from server import app, finder, reader

quarters = torch.rand(8, 2, 1, 2, 1).round()
pixels = torch.rand(8, 2, 16, 2, 16)
images = (pixels * quarters).reshape(8, 32, 32)


async def ask() -> list[list[int]]:
    """Send eight images at the same time."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app),
                               base_url="http://test")
    async with app.router.lifespan_context(app), client:
        responses = await asyncio.gather(*(
            client.post("/read", json=image.tolist()) for image in images))
    return [response.raise_for_status().json() for response in responses]


digits = asyncio.run(ask())
print("crops in each image:  ", [len(found) for found in digits])
print("batches of the finder:", finder.batches)
print("batches of the reader:", reader.batches)
# --8<-- [end:crowd]


# --8<-- [start:json]
import json

raw = images.numpy().nbytes
text = len(json.dumps(images.tolist()))
print(f"{raw} bytes, as JSON {text / raw:.1f} times as many")
# --8<-- [end:json]
