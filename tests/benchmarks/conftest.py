"""The harness of benchmarks/ is imported as its scripts import it."""

from __future__ import annotations

import sys
from pathlib import Path

from fenceproof.project import find_project

ROOT = find_project(Path(__file__)).root
sys.path.append(str(ROOT / "benchmarks"))
