"""The page as a program to take away: `.py`, `.ipynb`, and `.zip` where it has several files.

A large folder that pages use (weights, data) is a zip of its own, once for all of them.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

from fenceproof.languages import EXPECTED, commands, plain
from fenceproof.notebook import Notebook, notebooks
from fenceproof.page import Block, Page, files_of, is_large, merged, size_of
from fenceproof.project import Project
from fenceproof.reader import load_page, visible_lines
from fenceproof.schemas import import_jsonschema

MARKER = re.compile(r"^.*--8<-- +\[(?:start|end):.*\n", re.MULTILINE)


def program(path: Path) -> str:
    """A file of examples/ without its section markers."""
    text = MARKER.sub("", path.read_text(encoding="utf-8"))
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n") + "\n"


def targets(page: Page) -> dict[str, str]:
    """Label → path below docs/downloads/ of what a page offers."""
    if page.program is None:
        return {}
    suffix = ".py" if page.program.is_file() and not page.folders else ".zip"
    return {suffix: f"{page.name}{suffix}", ".ipynb": f"{page.name}.ipynb"}


def archive_of(folder: Path, project: Project) -> str:
    """Path below docs/downloads/ of a large folder's own zip."""
    return f"{folder.relative_to(project.root / 'examples').as_posix()}.zip"


def shared(folders: list[Path], project: Project) -> dict[str, str]:
    """Label → path below docs/downloads/ of the large folders among those that a page uses."""
    return {
        f"{folder.name}.zip ({size_of(folder) / 1e6:.1f} MB)": archive_of(folder, project)
        for folder in filter(is_large, folders)
    }


def pack(contents: dict[str, Path], top: str) -> bytes:
    """Files by name as a zip that is the same whenever it is made; programs without markers."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, path in sorted(contents.items()):
            data = program(path).encode() if path.suffix == ".py" else path.read_bytes()
            packed.writestr(zipfile.ZipInfo(f"{top}{name}"), data)
    return out.getvalue()


def archive(page: Page) -> bytes:
    """The folder in which the page's program runs, with the used folders that are not large."""
    assert page.program is not None
    contents = merged(folder for folder in page.folders if not is_large(folder))
    contents |= page.own_files
    return pack(contents, f"{page.program.stem}/")


def cell(block: Block) -> dict[str, Any]:
    """One notebook cell for a block that does something."""
    code, meta = plain(block.code), {}
    if block.kind == "file":
        code = f"%%writefile {block.title}\n{code}"
    elif block.kind == "script":
        code = f"%%writefile {block.title}\n{code}\n\n# then: !python {block.title}"
    elif block.lang == "console":
        lines = [c.text for c in commands(block.lines)]
        background = any(line.rstrip().endswith("&") for line in lines)
        code = "\n".join([f"%%bash{' --bg' if background else ''}", *lines])
    elif block.lang == "bash":
        code = f"%%bash\n{code}"
    if "error" in block.expects:
        meta["tags"] = ["raises-exception"]
    return {
        "cell_type": "code",
        "metadata": meta,
        "source": code,
        "outputs": [],
        "execution_count": None,
    }


def notebook(page: Page) -> str:
    """The page as an .ipynb: prose as Markdown cells, blocks as code cells."""
    import_jsonschema()
    import jupytext
    import nbformat

    cells: list[dict[str, Any]] = []
    if page.requires:
        cells.append(
            {
                "cell_type": "code",
                "metadata": {},
                "source": f"%pip install {' '.join(page.requires)}",
            }
        )
        cells[-1] |= {"outputs": [], "execution_count": None}
    visible, at = visible_lines(page), 0

    def flush(until: int) -> None:
        text = "\n".join(line for line in visible[at:until] if line is not None).strip()
        if text:
            cells.append({"cell_type": "markdown", "metadata": {}, "source": text})

    for block in page.blocks:
        if block.kind in EXPECTED or block.lang in ("text", "mermaid") or "skip" in block.directive:
            continue  # stays in the prose, fence and all
        flush(block.start)
        cells.append(cell(block))
        at = block.start + len(block.lines) + 2
    flush(len(page.lines))
    for number, found in enumerate(cells):
        found["id"] = f"cell-{number}"
    made: Any = nbformat.from_dict(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return str(jupytext.writes(made, fmt="ipynb")) + "\n"


def write_downloads(project: Project) -> int:
    """Write docs/downloads/ for every page with a twin;
    returns the number of files that changed.
    """
    changed, wanted, base = 0, set(), project.docs / "downloads"
    used: set[Path] = set()
    for path in project.pages():
        page = load_page(path, project)
        if project.is_translation(path):
            continue
        used.update(page.folders)
        for suffix, name in targets(page).items():
            assert page.program is not None
            target = base / name
            wanted.add(target)
            sources = [
                path,
                *(p for top in (page.program, *page.folders) for p in (top, *top.rglob("*"))),
            ]
            if target.exists() and target.stat().st_mtime > max(p.stat().st_mtime for p in sources):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            data = (
                archive(page)
                if suffix == ".zip"
                else (notebook(page) if suffix == ".ipynb" else program(page.program)).encode()
            )
            target.write_bytes(data)
            changed += 1
    for path in notebooks(project):
        book = Notebook(path, project)
        target = base / f"{book.name}.zip"
        wanted.add(target)
        if not target.exists() or target.stat().st_mtime <= max(
            p.stat().st_mtime for p in (path, *book.files.values())
        ):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(book.archive())
            changed += 1
        used.update(book.folders)
    for folder in filter(is_large, used):
        files, target = files_of(folder), base / archive_of(folder, project)
        wanted.add(target)
        newest = max(path.stat().st_mtime for path in files.values())
        if not target.exists() or target.stat().st_mtime <= newest:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(pack(files, ""))
            changed += 1
    for stale in (p for p in base.rglob("*") if p.is_file() and p not in wanted):
        stale.unlink()
    return changed
