"""Notebooks: `docs/x.ipynb` is `examples/x.py` (percent format) as it was executed.

`pytest docs/` runs each in an empty folder and compares what it prints with
what the published notebook shows; `--update` writes the executed notebook
where that differs (an empty file will do for the first time), and `--record`
notes when and on what it ran. The page of the site is made by
`integration.mkdocs_notebooks` from what mkdocs-jupyter renders.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from fenceproof import record
from fenceproof.compare import Mismatch, matches
from fenceproof.page import digests, merge_files
from fenceproof.project import Project, replace
from fenceproof.reader import used_folders
from fenceproof.schemas import import_jsonschema

KEYS = {"title", "description", "requires", "uses"}
SIZE = 300_000  # bytes of a published notebook


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
        parsed = jupytext.reads(text, fmt="py:percent")
        starts = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("# %%")]
        self.cells = [{"cell_type": c.cell_type, "source": c.source} for c in parsed.cells]
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
        for folder in map(self.project.used_folder, self.meta["uses"]):
            if not folder.is_dir():
                raise Mismatch(f"{shown}:1: uses: there is no folder {self.project.shown(folder)}")

    @property
    def name(self) -> str:
        """`scenarios/recommendation-notebook` for docs/scenarios/recommendation-notebook.ipynb."""
        return self.project.name(self.path)

    @property
    def source(self) -> Path:
        """The percent-format program in examples/ that it is made from."""
        return self.project.root / "examples" / f"{self.name}.py"

    @property
    def folders(self) -> list[Path]:
        """The folders that it uses, and those that their pages use."""
        names = used_folders(self.project, self.meta["uses"])
        return [self.project.used_folder(name) for name in names]

    @property
    def files(self) -> dict[str, Path]:
        """What lies in the folder in which it runs, by name."""
        return merge_files(self.folders)

    @cached_property
    def hash(self) -> str:
        """Hash of everything that runs; Markdown cells are not part of it."""
        program: list[Any] = [c["source"] for c in self.cells if c["cell_type"] == "code"]
        program += digests(self.files)
        return hashlib.sha256(json.dumps(program).encode()).hexdigest()

    @cached_property
    def published(self) -> dict[str, Any]:
        """The committed notebook; an empty one for an empty file.

        Raises:
            Mismatch: the file is not JSON.
        """
        text = self.path.read_text(encoding="utf-8")
        try:
            document: dict[str, Any] = (
                json.loads(text) if text.strip() else {"cells": [], "metadata": {}}
            )
        except json.JSONDecodeError as error:
            raise Mismatch(
                f"{self.project.shown(self.path)}:{error.lineno}: not a notebook: {error.msg}"
            ) from None
        return document

    @property
    def stamp(self) -> dict[str, Any]:
        """When and on what the published outputs were made; empty if not recorded."""
        stamp: dict[str, Any] = self.published["metadata"].get("fenceproof", {})
        return stamp

    @property
    def environment(self) -> dict[str, Any]:
        """What its run depends on, and the hash of what runs."""
        return record.environment(self.project, self.meta["requires"]) | {"hash": self.hash}

    def is_current(self) -> bool:
        """Whether nothing changed since it ran well in this very environment."""
        return {k: v for k, v in self.stamp.items() if k != "date"} == self.environment

    def where(self, number: int) -> str:
        """The place to edit, `examples/x.py:7`, of a cell by its number from 0."""
        return f"{self.project.shown(self.source)}:{self.lines[number]}"

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
            if drawn and not alt_text(now):
                raise Mismatch(
                    f"{self.where(number)}: a cell that draws begins with a line "
                    "`# alt: what the picture shows`"
                )

    def write(self, notebook: dict[str, Any], stamp: dict[str, Any]) -> None:
        """Write the published notebook.

        Args:
            notebook: in nbformat's structure, with its outputs.
            stamp: when and on what it ran.

        Raises:
            Mismatch: it is larger than `SIZE` bytes.
        """
        text = (
            json.dumps(
                notebook | {"metadata": notebook["metadata"] | {"fenceproof": stamp}},
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


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def outputs(cell: dict[str, Any]) -> tuple[str, int]:
    """What a cell printed and showed as text, and how many pictures it drew."""
    text, pictures = "", 0
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        pictures += any(kind.startswith("image/") for kind in data)
        if output["output_type"] == "stream":
            text += _text(output["text"])
        elif not any(kind.startswith("image/") for kind in data):
            text += _text(data.get("text/plain", "")) + "\n"
    return text.strip("\n"), pictures


def alt_text(cell: dict[str, Any]) -> str:
    """What the picture of a cell shows, from its first line `# alt: …`."""
    match = re.match(r"# alt: (.+)", _text(cell["source"]))
    return match[1].strip() if match else ""


def notebooks(project: Project) -> list[Path]:
    """Every notebook under docs/, in the order of their names."""
    return sorted(project.docs.rglob("*.ipynb"))
