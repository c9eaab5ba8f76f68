"""Write the bill of materials of a model, and check it."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from safetensors.numpy import save_file


def sha256(data: bytes) -> list[HashType]:
    digest = hashlib.sha256(data).hexdigest()
    return [HashType(alg=HashAlgorithm.SHA_256, content=digest)]


weights = Path("digits.safetensors")
save_file({"weight": np.ones((10, 64), np.float32)}, weights)
labels = Path("labels.csv")
labels.write_text("image,label\n0.png,7\n")

model = Component(
    name="digits", version="1.0.0", bom_ref="model",
    type=ComponentType.MACHINE_LEARNING_MODEL,
    hashes=sha256(weights.read_bytes()),
)  # fmt: skip
parts = [
    Component(name=name, version=version(name), bom_ref=name,
              type=ComponentType.LIBRARY)
    for name in ("torch", "safetensors")
]  # fmt: skip
parts.append(Component(
    name="labels", version="2026-11", bom_ref="labels",
    type=ComponentType.DATA, hashes=sha256(labels.read_bytes()),
))  # fmt: skip
bom = Bom()
bom.metadata.component = model
bom.components.update(parts)
bom.register_dependency(model, parts)

text = JsonV1Dot6(bom).output_as_string(indent=1)
Path("digits.cdx.json").write_text(text)
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
print("valid CycloneDX 1.6:", fault is None)
for part in json.loads(text)["components"]:
    print(part["type"], part["name"], part["version"])
