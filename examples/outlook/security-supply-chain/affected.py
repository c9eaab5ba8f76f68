"""Which of our models were built with a torch that has a known hole?"""

import json
from pathlib import Path

from packaging.version import Version

FIXED = Version("2.10.0")  # CVE-2026-24747

for path in sorted(Path().glob("*.cdx.json")):
    bill = json.loads(path.read_text())
    model = bill["metadata"]["component"]
    used = {part["name"]: part["version"] for part in bill["components"]}
    old = Version(used["torch"]) < FIXED
    print(model["name"], model["version"], "REBUILD" if old else "fine")
