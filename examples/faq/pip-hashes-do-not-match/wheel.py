"""Two wheels with one name and one version; the first one is pinned."""

import hashlib
import zipfile
from pathlib import Path

for folder, code in (("looked-at", "SIZE = 224\n"), ("today", "SIZE = 1\n")):
    Path(folder).mkdir()
    name = "acme_resize-1.0"
    with zipfile.ZipFile(f"{folder}/{name}-py3-none-any.whl", "w") as archive:
        for member, text in {
            "acme_resize.py": code,
            f"{name}.dist-info/METADATA": (
                "Metadata-Version: 2.1\nName: acme-resize\nVersion: 1.0\n"
            ),
            f"{name}.dist-info/WHEEL": (
                "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
                "Tag: py3-none-any\n"
            ),
            f"{name}.dist-info/RECORD": "",
        }.items():
            archive.writestr(zipfile.ZipInfo(member), text)

looked_at = Path("looked-at/acme_resize-1.0-py3-none-any.whl").read_bytes()
digest = hashlib.sha256(looked_at).hexdigest()
Path("pinned.txt").write_text(f"acme-resize==1.0 --hash=sha256:{digest}\n")
