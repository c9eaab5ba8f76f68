"""Pack two libraries as an app does."""

import zipfile

with zipfile.ZipFile("app.apk", "w") as archive:
    for name in ("libold.so", "libnew.so"):
        archive.write(name, f"lib/arm64-v8a/{name}")
