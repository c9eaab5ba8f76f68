"""Load each library of torch alone, and name those that fail."""
import ctypes
import importlib.util
import sys
from pathlib import Path

spec = importlib.util.find_spec("torch")
if spec is None or not spec.submodule_search_locations:
    sys.exit("torch is not installed for this Python")
folder = Path(spec.submodule_search_locations[0], "lib")
ending = "*.dll" if sys.platform == "win32" else "*.so*"

failed = 0
for path in sorted(folder.glob(ending)):
    try:
        ctypes.CDLL(str(path))
    except OSError as error:
        failed += 1
        print(path.name, "-", error)
print("failed:", failed)
