"""Notebooks: `docs/x.ipynb` is `examples/x.py` (percent format) as it was executed.

`pytest docs/` runs each in an empty folder and compares what it prints with
what the published notebook shows; `--update` writes the executed notebook
where that differs (an empty file will do for the first time), and `--record`
notes when and on what it ran. The page of the site is made by
`weave.site` from what mkdocs-jupyter renders.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from weave import pace, record
from weave.compare import Mismatch, matches
from weave.page import files_of, is_large
from weave.project import Project, replace
from weave.schemas import import_jsonschema

KEYS = {"title", "description", "requires", "uses"}
SIZE = 300_000  # bytes of a published notebook
TIMEOUT_S = 240
WARNINGS = re.compile(r"\b\w*(?:Deprecation|Future)Warning\b.*|.*\bdeprecated\b.*")


@dataclass
class Notebook:
    """A notebook of docs/ and its source in examples/.

    Raises:
        Mismatch: there is no source, or it is not what a notebook's source should be;
            with file and line.
    """

    path: Path
    project: Project
    meta: dict[str, Any] = field(default_factory=dict)
    cells: list[dict[str, Any]] = field(default_factory=list)  # of the source, without outputs
    lines: list[int] = field(default_factory=list)  # where each cell begins in the source

    def __post_init__(self) -> None:
        import_jsonschema()
        import jupytext

        shown = self.project.shown(self.source)
        if not self.source.is_file():
            raise Mismatch(
                f"{self.project.shown(self.path)}:1: a notebook without a source: "
                f"there is no {shown}"
            )
        text = self.source.read_text(encoding="utf-8")
        found = jupytext.reads(text, fmt="py:percent")
        starts = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("# %%")]
        self.cells = [{"cell_type": c.cell_type, "source": c.source} for c in found.cells]
        if not self.cells or self.cells[0]["cell_type"] != "raw":
            raise Mismatch(
                f"{shown}:1: the notebook begins without front matter (# ---, # title: …, # ---)"
            )
        front = self.cells.pop(0)["source"].strip().strip("-")
        try:
            self.meta = yaml.safe_load(front)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise Mismatch(
                f"{shown}:{mark.line + 1 if mark else 1}: bad front matter: "
                f"{getattr(error, 'problem', error)}"
            ) from None
        wrong = set(self.meta) ^ KEYS if isinstance(self.meta, dict) else KEYS
        if wrong:
            raise Mismatch(
                f"{shown}:1: the front matter of a notebook has {', '.join(sorted(KEYS))}; "
                f"wrong: {', '.join(sorted(wrong))}"
            )
        self.lines = starts if len(starts) == len(self.cells) else [1] * len(self.cells)
        for folder in self.bundles:
            if not folder.is_dir():
                raise Mismatch(f"{shown}:1: uses: there is no folder {self.project.shown(folder)}")

    @property
    def name(self) -> str:
        return self.project.name(self.path)

    @property
    def source(self) -> Path:
        return self.project.root / "examples" / f"{self.name}.py"

    @property
    def bundles(self) -> list[Path]:
        return [self.project.root / "examples" / name for name in self.meta["uses"]]

    @property
    def files(self) -> dict[str, Path]:
        """What lies in the folder in which it runs."""
        return {name: path for folder in self.bundles for name, path in files_of(folder).items()}

    @cached_property
    def hash(self) -> str:
        """Changes with anything that runs, and with nothing else."""
        program: list[Any] = [c["source"] for c in self.cells if c["cell_type"] == "code"]
        program += [
            [name, hashlib.sha256(p.read_bytes()).hexdigest()] for name, p in self.files.items()
        ]
        return hashlib.sha256(json.dumps(program).encode()).hexdigest()

    @cached_property
    def published(self) -> dict[str, Any]:
        """The committed notebook; an empty one for an empty file."""
        text = self.path.read_text(encoding="utf-8")
        try:
            found: dict[str, Any] = (
                json.loads(text) if text.strip() else {"cells": [], "metadata": {}}
            )
        except json.JSONDecodeError as error:
            raise Mismatch(
                f"{self.project.shown(self.path)}:{error.lineno}: not a notebook: {error.msg}"
            ) from None
        return found

    @property
    def stamp(self) -> dict[str, Any]:
        """When and on what the published outputs came about; empty if nobody noted it."""
        found: dict[str, Any] = self.published["metadata"].get("weave", {})
        return found

    @property
    def environment(self) -> dict[str, Any]:
        return record.environment(self.meta["requires"]) | {"hash": self.hash}

    def current(self) -> bool:
        """Whether nothing changed since it ran well in this very environment."""
        return {k: v for k, v in self.stamp.items() if k != "date"} == self.environment

    def where(self, number: int) -> str:
        return f"{self.project.shown(self.source)}:{self.lines[number]}"

    def run(self) -> dict[str, Any]:
        """Execute it in a new kernel, in a folder that holds the files it uses.

        Raises:
            Mismatch: a cell raised, took too long, or set off a deprecation warning.
        """
        import_jsonschema()
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError

        made: Any = nbformat.v4.new_notebook(
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            }
        )
        for number, cell in enumerate(self.cells):
            new = (
                nbformat.v4.new_code_cell
                if cell["cell_type"] == "code"
                else nbformat.v4.new_markdown_cell
            )
            made.cells.append(new(cell["source"], id=f"cell-{number}"))
        with tempfile.TemporaryDirectory(prefix="notebook-", ignore_cleanup_errors=True) as folder:
            for name, path in self.files.items():
                (target := Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
            environment = os.environ | {
                "PYTHONDONTWRITEBYTECODE": "1",
                "IPYTHONDIR": f"{folder}/.ipython",
            }
            environment.setdefault("OMP_NUM_THREADS", "1")
            environment.setdefault("HANDBOOK_DATA", str(self.project.root / "data"))
            environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            # the kernel's own, which keeps pictures in the notebook
            environment.pop("MPLBACKEND", None)
            client = NotebookClient(
                made,
                timeout=int(pace.patience(TIMEOUT_S)),
                resources={"metadata": {"path": folder}},
            )
            try:
                client.execute(env=environment)
            except CellExecutionError as error:
                number = next(
                    n
                    for n, c in enumerate(made.cells)
                    if any(o.output_type == "error" for o in c.get("outputs", []))
                )
                raise Mismatch(
                    f"{self.where(number)}: a cell raised\n{_plain(error.traceback)}"
                ) from None
            except CellTimeoutError:
                raise Mismatch(
                    f"{self.where(0)}: a cell took longer than {pace.patience(TIMEOUT_S):.0f} s"
                ) from None
        for number, cell in enumerate(made.cells):
            if warned := WARNINGS.search(
                "".join(o.text for o in cell.get("outputs", []) if o.get("name") == "stderr")
            ):
                raise Mismatch(
                    f"{self.where(number)}: a cell that teaches current usage sets off:\n"
                    f"{warned[0]}"
                )
            if "outputs" in cell:
                cell["metadata"] = {}  # nbclient notes the time of each cell
                cell["outputs"] = [o for o in cell["outputs"] if o.get("name") != "stderr"]
        result: dict[str, Any] = json.loads(nbformat.writes(made))
        return result

    def compare(self, ran: dict[str, Any]) -> None:
        """Raise `Mismatch` unless the published notebook shows this source,
        and what this run printed and drew.
        """
        old = self.published["cells"]
        if [_text(c["source"]) for c in old] != [c["source"] for c in self.cells]:
            raise Mismatch(
                f"{self.project.shown(self.path)}:1: its cells are not those of "
                f"{self.project.shown(self.source)}: use --update"
            )
        for number, (was, now) in enumerate(zip(old, ran["cells"], strict=True)):
            if "outputs" not in now:
                continue
            (want, pictures), (got, drawn) = outputs(was), outputs(now)
            if not matches(want, got):
                raise Mismatch(
                    f"{self.where(number)}: the published notebook shows:\n{want}\n"
                    f"but got:\n{got or '(nothing)'}"
                )
            if pictures != drawn:
                raise Mismatch(
                    f"{self.where(number)}: the published notebook shows {pictures} pictures, "
                    f"the run drew {drawn}"
                )
            if drawn and not alt(now):
                raise Mismatch(
                    f"{self.where(number)}: a cell that draws begins with a line "
                    "`# alt: what the picture shows`"
                )

    def write(self, notebook: dict[str, Any], stamp: dict[str, Any]) -> None:
        text = (
            json.dumps(
                notebook | {"metadata": notebook["metadata"] | {"weave": stamp}},
                indent=1,
                ensure_ascii=False,
            )
            + "\n"
        )
        if len(text.encode()) > SIZE:
            raise Mismatch(
                f"{self.project.shown(self.path)}:1: {len(text.encode()):,} bytes; "
                f"at most {SIZE:,}: draw less, or smaller"
            )
        replace(self.path, text)
        self.__dict__.pop("published", None)

    def archive(self) -> bytes:
        """The folder in which it runs, but for what is large, with the notebook,
        as a zip that is the same whenever it is made.
        """
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            files = {n: p for f in self.bundles if not is_large(f) for n, p in files_of(f).items()}
            for name, path in sorted((files | {self.path.name: self.path}).items()):
                packed.writestr(zipfile.ZipInfo(f"{self.path.stem}/{name}"), path.read_bytes())
        return out.getvalue()


def _plain(text: str) -> str:
    """A traceback without its colours, its last lines."""
    return "\n".join(re.sub(r"\x1b\[[0-9;]*m", "", text).strip().split("\n")[-12:])


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def outputs(cell: dict[str, Any]) -> tuple[str, int]:
    """What a cell printed and showed as text, and how many pictures it drew."""
    text, pictures = "", 0
    for found in cell.get("outputs", []):
        data = found.get("data", {})
        pictures += any(kind.startswith("image/") for kind in data)
        if found["output_type"] == "stream":
            text += _text(found["text"])
        elif not any(kind.startswith("image/") for kind in data):
            text += _text(data.get("text/plain", "")) + "\n"
    return text.strip("\n"), pictures


def alt(cell: dict[str, Any]) -> str:
    """What the picture of a cell shows, from its first line `# alt: …`."""
    match = re.match(r"# alt: (.+)", _text(cell["source"]))
    return match[1].strip() if match else ""


def notebooks(project: Project) -> list[Path]:
    return sorted(
        p
        for p in project.docs.rglob("*.ipynb")
        if "downloads" not in p.relative_to(project.docs).parts
    )
