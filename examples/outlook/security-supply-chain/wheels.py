"""Three wheels: ours, a swapped one, and a stranger's of the same name."""

import zipfile
from pathlib import Path

STOWAWAY = "open('it-ran.txt', 'w').close()  # it could do anything\n"


def wheel(folder: str, version: str, code: str) -> None:
    """Write a package of one module: a wheel is a zip archive."""
    about = f"acme_resize-{version}.dist-info"
    members = {
        "acme_resize.py": code,
        f"{about}/METADATA": (
            f"Metadata-Version: 2.1\nName: acme-resize\nVersion: {version}\n"
        ),
        f"{about}/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: by hand\n"
            "Root-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = "".join(f"{name},,\n" for name in [*members, f"{about}/RECORD"])
    Path(folder).mkdir()
    path = f"{folder}/acme_resize-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (members | {f"{about}/RECORD": record}).items():
            archive.writestr(zipfile.ZipInfo(name), text)  # dated 1980


wheel("ours", "1.0", "SIZE = 224\n")
wheel("swapped", "1.0", "SIZE = 224\n" + STOWAWAY)
wheel("public", "99.0", "SIZE = 224\n" + STOWAWAY)
