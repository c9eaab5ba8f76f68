import re
import subprocess
import sys

import torch

symbol = sys.argv[1]
name = subprocess.run(
    ["c++filt", symbol], capture_output=True, text=True, check=True
).stdout.strip()
space = re.split(r"::|\(", name)[0]
print(name)
print(f"wanted from {space}, not in torch {torch.__version__.split('+')[0]}")
