# --8<-- [start:folder]
import json
from pathlib import Path

from transformers import AutoModelForCausalLM, LlamaConfig
from transformers.utils import logging

logging.disable_progress_bar()
config = LlamaConfig(
    vocab_size=32, hidden_size=16, intermediate_size=16,
    num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
)
folder = Path("quantized")
AutoModelForCausalLM.from_config(config).save_pretrained(folder)
plain = json.loads((folder / "config.json").read_text())


def load(quantization: dict[str, object]) -> None:
    """Load the folder as if it had been saved with that method."""
    marked = plain | {"quantization_config": quantization}
    (folder / "config.json").write_text(json.dumps(marked))
    AutoModelForCausalLM.from_pretrained(folder)
# --8<-- [end:folder]


try:
    # --8<-- [start:bitsandbytes]
    load({"quant_method": "bitsandbytes", "load_in_4bit": True})
    # --8<-- [end:bitsandbytes]
except ImportError as error:
    print(error)

try:
    # --8<-- [start:gptq]
    load({"quant_method": "gptq", "bits": 4})
    # --8<-- [end:gptq]
except ImportError as error:
    print(error)

try:
    # --8<-- [start:awq]
    load({"quant_method": "awq", "bits": 4})
    # --8<-- [end:awq]
except ImportError as error:
    print(error)

# --8<-- [start:gelu]
from transformers.activations import PytorchGELUTanh

print(PytorchGELUTanh.__name__)
# --8<-- [end:gelu]

# --8<-- [start:cached]
import importlib.util
import sys

from transformers.utils import is_accelerate_available

print("at first:             ", is_accelerate_available())
for name in ("accelerate", "accelerate-99.0.dist-info"):
    (Path("installed") / name).mkdir(parents=True, exist_ok=True)
Path("installed/accelerate/__init__.py").touch()
Path("installed/accelerate-99.0.dist-info/METADATA").write_text(
    "Metadata-Version: 2.1\nName: accelerate\nVersion: 99.0\n"
)
sys.path.insert(0, "installed")
importlib.invalidate_caches()
found = importlib.util.find_spec("accelerate") is not None
print("Python finds it now:  ", found)
print("transformers, again:  ", is_accelerate_available())
sys.path.remove("installed")
# --8<-- [end:cached]

# --8<-- [start:check]
from importlib.metadata import PackageNotFoundError, version

NEEDS = {
    "bitsandbytes": ["accelerate", "bitsandbytes"],
    "gptq": ["optimum", "gptqmodel"],
    "awq": ["accelerate", "gptqmodel"],
    "compressed-tensors": ["compressed-tensors"],
    "fp8": ["accelerate"],
    "torchao": ["torchao"],
}


def missing(folder: Path) -> tuple[str, list[str]]:
    """The method in the model's configuration, and what it lacks."""
    config = json.loads((folder / "config.json").read_text())
    method = config.get("quantization_config", {}).get("quant_method", "none")
    absent = []
    for package in NEEDS.get(method, []):
        try:
            version(package)
        except PackageNotFoundError:
            absent.append(package)
    return method, absent


print(missing(folder))
# --8<-- [end:check]
