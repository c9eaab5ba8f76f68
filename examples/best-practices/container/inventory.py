"""Is what is pinned also what is installed? Ask the SBOM."""

import json
from pathlib import Path


def name(text: str) -> str:
    return text.lower().replace("_", "-")


parts = json.loads(Path("sbom.json").read_text())["components"]
found = {name(part["name"]): part for part in parts}
pinned = [
    line.partition("==")
    for line in Path("requirements.txt").read_text().split()
]
for package, _, version in pinned:
    installed = found[package]["version"].partition("+")[0]
    if installed != version.partition("+")[0]:
        print(f"{package}: {version} is pinned, {installed} installed")
print(len(pinned), "pinned, all in the SBOM")
print(found["torch"]["purl"].partition("%2B")[0])
