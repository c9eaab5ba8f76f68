"""Executes a notebook's source in a kernel of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from fenceproof.compare import Mismatch
from fenceproof.notebook import Notebook
from fenceproof.run import pace
from fenceproof.schemas import import_jsonschema

TIMEOUT_S = 240
WARNINGS = re.compile(r"\b\w*(?:Deprecation|Future)Warning\b.*|.*\bdeprecated\b.*")


def execute(notebook: Notebook) -> dict[str, Any]:
    """Execute it in a new kernel, in a folder that holds the files it uses.

    Raises:
        Mismatch: a cell raised, took too long, or set off a deprecation warning.
    """
    import_jsonschema()
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    document: Any = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
    )
    for number, cell in enumerate(notebook.cells):
        new = (
            nbformat.v4.new_code_cell
            if cell["cell_type"] == "code"
            else nbformat.v4.new_markdown_cell
        )
        document.cells.append(new(cell["source"], id=f"cell-{number}"))
    with tempfile.TemporaryDirectory(prefix="notebook-", ignore_cleanup_errors=True) as folder:
        for name, path in notebook.files.items():
            (target := Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        environment = os.environ | {
            "PYTHONDONTWRITEBYTECODE": "1",
            "IPYTHONDIR": f"{folder}/.ipython",
        }
        environment.setdefault("OMP_NUM_THREADS", "1")
        environment |= notebook.project.hooks.variables(notebook.project.root)
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        # the kernel's own, which keeps pictures in the notebook
        environment.pop("MPLBACKEND", None)
        client = NotebookClient(
            document,
            timeout=int(pace.patience(TIMEOUT_S)),
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            number = next(
                n
                for n, c in enumerate(document.cells)
                if any(o.output_type == "error" for o in c.get("outputs", []))
            )
            raise Mismatch(
                f"{notebook.where(number)}: a cell raised\n{_last_lines(error.traceback)}"
            ) from None
        except CellTimeoutError:
            raise Mismatch(
                f"{notebook.where(0)}: a cell took longer than {pace.patience(TIMEOUT_S):.0f} s"
            ) from None
    for number, cell in enumerate(document.cells):
        if warned := WARNINGS.search(
            "".join(o.text for o in cell.get("outputs", []) if o.get("name") == "stderr")
        ):
            raise Mismatch(
                f"{notebook.where(number)}: a cell that teaches current usage sets off:\n"
                f"{warned[0]}"
            )
        if "outputs" in cell:
            cell["metadata"] = {}  # nbclient notes the time of each cell
            cell["outputs"] = [o for o in cell["outputs"] if o.get("name") != "stderr"]
    result: dict[str, Any] = json.loads(nbformat.writes(document))
    return result


def _last_lines(text: str) -> str:
    """The last lines of a traceback, without colors."""
    return "\n".join(re.sub(r"\x1b\[[0-9;]*m", "", text).strip().split("\n")[-12:])
