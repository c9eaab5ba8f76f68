"""Does the manifest of this folder hold? `python check.py folder`"""

import sys
from pathlib import Path

from artifact import verify
from imaging import PREPROCESSING

manifest = verify(Path(sys.argv[1]), PREPROCESSING)
print(f"{manifest.name} {manifest.version} holds")
