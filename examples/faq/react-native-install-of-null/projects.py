"""Write what matters of three projects, for the program to look at."""

import json
from pathlib import Path

MODULE = "onnxruntime-react-native"


def write(app: str, files: dict[str, object]) -> None:
    for name, content in files.items():
        file = Path(app, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(text)


package = {"dependencies": {"expo": "54", MODULE: "1.23.2"}}
marker = {f"node_modules/{MODULE}/unimodule.json": {}}
android = "android/app/src/main/java/app/MainApplication.kt"
plain = "PackageList(this).packages"
added = plain + ".apply { add(OnnxruntimePackage()) }"

write("go", {"package.json": package, **marker})
write("broken", {"package.json": package, **marker, android: plain})
plugins = {"expo": {"plugins": [MODULE]}}
write(
    "works",
    {"package.json": package, "app.json": plugins, **marker, android: added},
)
