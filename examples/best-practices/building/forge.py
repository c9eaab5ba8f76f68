"""Replace the model and write a manifest that fits it, as a thief would."""

import hashlib
import json
from pathlib import Path

model = Path("forged/model.pt2")
data = bytearray(model.read_bytes())
data[len(data) // 2] ^= 1  # one bit of one weight
model.write_bytes(data)
path = Path("forged/manifest.json")
manifest = json.loads(path.read_text())
digest = hashlib.sha256(data).hexdigest()
manifest["files"]["model.pt2"]["sha256"] = digest
path.write_text(json.dumps(manifest))
