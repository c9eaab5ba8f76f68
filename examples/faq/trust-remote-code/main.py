"""Please pass the argument `trust_remote_code=True`"""
# --8<-- [start:weights]
import os
from pathlib import Path

os.environ["HF_MODULES_CACHE"] = str(Path("modules").absolute())

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel

torch.manual_seed(0)
weights = {"layer.weight": torch.rand(2, 4), "layer.bias": torch.rand(2)}
save_file(weights, "model/model.safetensors", metadata={"format": "pt"})
# --8<-- [end:weights]

try:
    # --8<-- [start:refused]
    AutoModel.from_pretrained("model", trust_remote_code=False)
    # --8<-- [end:refused]
except ValueError as error:
    print(error)

# --8<-- [start:runs]
print("it ran:", Path("it-ran.txt").exists())
AutoConfig.from_pretrained("model", trust_remote_code=True)
print("it ran:", Path("it-ran.txt").exists())
# --8<-- [end:runs]

# --8<-- [start:wants]
import json


def code_of(folder: str) -> set[str]:
    """The Python files that this model wants to run; none is run here."""
    files = set()
    for name in ("config.json", "tokenizer_config.json"):
        path = Path(folder, name)
        settings = json.loads(path.read_text()) if path.exists() else {}
        for targets in settings.get("auto_map", {}).values():
            for target in [targets] if isinstance(targets, str) else targets:
                if target:
                    files.add(target.rpartition(".")[0])
    return files


print(code_of("model"))
Path("elsewhere").mkdir()
Path("elsewhere/config.json").write_text(
    '{"auto_map": {"AutoModel": "somebody/code--modeling_shop.ShopModel"}}'
)
print(code_of("elsewhere"))
# --8<-- [end:wants]


# --8<-- [start:local]
def use_local_code(config: Path) -> None:
    """Let auto_map name files of this folder, not of a repository."""
    settings = json.loads(config.read_text())
    settings["auto_map"] = {
        name: target.rpartition("--")[2]
        for name, target in settings["auto_map"].items()
    }
    config.write_text(json.dumps(settings, indent=2))


use_local_code(Path("elsewhere/config.json"))
print(code_of("elsewhere"))
# --8<-- [end:local]

# --8<-- [start:own]
Path("it-ran.txt").unlink()  # the trace of the call above
source = Path("model/modeling_shop.py").read_text()
reviewed = source.replace('Path("it-ran.txt").touch()', "")
Path("shop_model.py").write_text(reviewed)  # in your own repository

from shop_model import ShopModel

model = ShopModel.from_pretrained("model").eval()
with torch.inference_mode():
    rows = model(torch.ones(1, 4))
expected = weights["layer.weight"].sum(dim=1) + weights["layer.bias"]
print("right:", torch.allclose(rows[0], expected))
print("it ran:", Path("it-ran.txt").exists())
# --8<-- [end:own]

# --8<-- [start:export]
program = torch.export.export(model, (torch.ones(1, 4),))
torch.export.save(program, "shop.pt2")
again = torch.export.load("shop.pt2").module()
print("without the class:", torch.equal(again(torch.ones(1, 4)), rows))
# --8<-- [end:export]
