import sys
import sysconfig
from pathlib import Path

folder = Path(sysconfig.get_path("include"))
found = (folder / "Python.h").exists()
version = f"{sys.version_info.major}.{sys.version_info.minor}"
print("headers:", "found" if found else f"install python{version}-dev")
