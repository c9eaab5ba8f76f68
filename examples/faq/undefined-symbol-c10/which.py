import re
import subprocess
import sys
from importlib.metadata import version

symbol = sys.argv[1]
name = subprocess.run(
    ["c++filt", symbol], capture_output=True, text=True, check=True
).stdout.strip()
space = re.split(r"::|\(", name)[0]
print(name)
print(f"wanted from {space}, not in torch {version('torch').split('+')[0]}")
