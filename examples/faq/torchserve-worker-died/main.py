# --8<-- [start:model]
from pathlib import Path

import torch
from torch import nn

folder = Path("model")  # as the archive is unpacked, without the code
folder.mkdir()
torch.manual_seed(0)
torch.save(nn.Linear(4, 2).state_dict(), folder / "model.pt")
# --8<-- [end:model]

# --8<-- [start:alone]
from types import SimpleNamespace

from handler import Handler


def start(folder: str) -> Handler:
    """What a worker does with a handler when it starts."""
    context = SimpleNamespace(
        system_properties={"model_dir": folder, "gpu_id": None},
        manifest={"model": {"serializedFile": "model.pt"}},
    )
    handler = Handler()
    handler.initialize(context)
    return handler


# --8<-- [end:alone]
try:
    # --8<-- [start:call]
    start("model")
    # --8<-- [end:call]
except FileNotFoundError as error:
    print(error)

# --8<-- [start:fixed]
(folder / "index_to_name.json").write_text('{"0": "cat", "1": "dog"}')
handler = start("model")
print(handler.handle([{"body": [1.0, 0.0, 0.0, 0.0]}], None))
# --8<-- [end:fixed]
