"""`nginx`: a whole configuration, tested by nginx itself with the work folder as its prefix."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from fenceproof.compare import Mismatch
from fenceproof.page import Block

LANGUAGES = ("nginx",)


def check(text: str, block: Block) -> None:
    """`nginx -t`: certificates that it names have to be in the work folder by now.

    Args:
        text: what is checked, without annotation marks.
        block: the fence.

    Raises:
        Mismatch: nginx refuses it, or is not installed.
    """
    program = shutil.which("nginx")
    if program is None:
        raise Mismatch(
            f"{block.where}: nginx, which tests its configurations, is not installed: "
            "say needs: [nginx] in the front matter"
        )
    with tempfile.NamedTemporaryFile("w", dir=".", suffix=".conf") as file:
        file.write(block.code)
        file.flush()
        command = [
            program,
            "-t",
            "-e",
            "stderr",
            "-p",
            str(Path.cwd()),
            "-c",
            str(Path(file.name).resolve()),
        ]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    message = next(
        (line for line in result.stderr.splitlines() if "[emerg]" in line), result.stderr.strip()
    )
    at_line = re.search(r" in \S+:(\d+)$", message)
    where = block.at(int(at_line[1])) if at_line else block.where
    text = re.sub(r"^[\d#: ]*| in \S+:\d+$", "", message.rpartition("[emerg]")[2])
    raise Mismatch(f"{where}: nginx refuses this: {text}")
