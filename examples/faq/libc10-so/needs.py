"""Which libraries of torch does an extension need, and are they here?"""
import re
import subprocess
import sys
from pathlib import Path

import torch

dynamic = subprocess.run(
    ["readelf", "--dynamic", sys.argv[1]],
    capture_output=True,
    text=True,
    check=True,
).stdout
folder = Path(torch.__file__).parent / "lib"
for name in re.findall(r"NEEDED.*\[(lib(?:c10|torch).*)\]", dynamic):
    print(name, "found" if (folder / name).exists() else "not in this torch")
