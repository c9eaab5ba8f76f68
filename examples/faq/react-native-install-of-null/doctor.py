"""Is onnxruntime-react-native registered in this Android project?"""

import json
import sys
from pathlib import Path

MODULE = "onnxruntime-react-native"
CLASS = "OnnxruntimePackage"


def examine(app: Path) -> None:
    """Say what would register the module, and whether anything did."""
    package = json.loads((app / "package.json").read_text())
    print("dependency: ", MODULE in package.get("dependencies", {}))
    config = app / "app.json"
    plugins = (
        json.loads(config.read_text()).get("expo", {}).get("plugins", [])
        if config.exists()
        else []
    )
    named = {p if isinstance(p, str) else p[0] for p in plugins}
    print("Expo plugin:", MODULE in named)
    module = app / "node_modules" / MODULE
    marker = (module / "unimodule.json").exists()
    print("hidden from autolinking by unimodule.json:", marker)
    native = app / "android"
    if not native.exists():
        print("no folder android/: Expo Go, or not yet prebuilt")
        return
    files = [f for s in ("*.kt", "*.java") for f in native.rglob(s)]
    hits = sorted(f.name for f in files if CLASS in f.read_text())
    print("registered in:", *(hits or ["nothing"]))


examine(Path(sys.argv[1]))
