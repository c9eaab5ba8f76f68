"""The page as a program to take away: `.py`, `.ipynb`, and `.zip` where it has several files.

Large files that pages use (weights, data) are in no zip: several pages would each have a copy.
The page links them in the repository, and the zip names them, with their hashes.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fenceproof.languages import EXPECTED, commands, plain
from fenceproof.notebook import Notebook, notebooks
from fenceproof.page import Block, Page, is_large
from fenceproof.project import Project, modified
from fenceproof.reader import load_page, visible_lines
from fenceproof.schemas import import_jsonschema

MARKER = re.compile(r"^.*--8<-- +\[(?:start|end):.*\n", re.MULTILINE)


def without_markers(path: Path) -> str:
    """A file of examples/ without its section markers."""
    text = MARKER.sub("", path.read_text(encoding="utf-8"))
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n") + "\n"


def download_paths(page: Page) -> dict[str, str]:
    """Label → path below downloads/ of what a page offers."""
    if page.program is None:
        return {}
    suffix = ".py" if page.program.is_file() and not page.folders else ".zip"
    return {suffix: f"{page.name}{suffix}", ".ipynb": f"{page.name}.ipynb"}


def large_files(files: dict[str, Path]) -> dict[str, Path]:
    """Those of a work folder's files, by name, that are in no zip."""
    return {name: path for name, path in sorted(files.items()) if is_large(path)}


def megabytes(path: Path) -> str:
    """A file's size as text, `1.2 MB`."""
    return f"{path.stat().st_size / 1e6:.1f} MB"


def pack(contents: dict[str, Path], top: str) -> bytes:
    """A work folder's files by name as a zip that is the same whenever it is made.

    Programs go without their markers; what is large is named in README.txt and SHA256SUMS.

    Args:
        contents: the files by their names in the zip.
        top: the folder that they unpack into.
    """
    missing = large_files(contents)
    data = {
        name: without_markers(path).encode() if path.suffix == ".py" else path.read_bytes()
        for name, path in contents.items()
        if name not in missing
    }
    if missing:
        data |= notes_on_missing(missing)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in sorted(data.items()):
            packed.writestr(zipfile.ZipInfo(f"{top}/{name}"), content, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def notes_on_missing(missing: dict[str, Path]) -> dict[str, bytes]:
    """What a zip says of the large files that it lacks."""
    listed = "".join(f"  {name} ({megabytes(path)})\n" for name, path in missing.items())
    readme = (
        "Large files are not in this archive, since several pages use them.\n"
        "The page that offers it says where they are. Save them here, as:\n\n"
        f"{listed}\n"
        "Then check them:\n\n  sha256sum --check SHA256SUMS\n"
    )
    sums = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
        for name, path in missing.items()
    )
    return {"README.txt": readme.encode(), "SHA256SUMS": "".join(sums).encode()}


def page_archive(page: Page) -> bytes:
    """The folder in which the page's program runs."""
    assert page.program is not None
    return pack(page.files | page.own_files, page.program.stem)


def notebook_archive(book: Notebook) -> bytes:
    """The folder in which a notebook runs, with the notebook as it ran."""
    return pack(book.files | {book.path.name: book.path}, book.path.stem)


def notebook_cell(block: Block) -> dict[str, Any]:
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


def page_notebook(page: Page) -> str:
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
        cells.append(notebook_cell(block))
        at = block.start + len(block.lines) + 2
    flush(len(page.lines))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    document: Any = nbformat.from_dict(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )
    document.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    notebook = json.loads(jupytext.writes(document, fmt="ipynb"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return json.dumps(notebook, ensure_ascii=False, separators=(",", ":")) + "\n"


def page_download(page: Page, suffix: str) -> bytes:
    """One of the files that a page offers, by its suffix.

    Args:
        page: with a program in examples/.
        suffix: `.py`, `.ipynb` or `.zip`.
    """
    if suffix == ".zip":
        return page_archive(page)
    if suffix == ".ipynb":
        return page_notebook(page).encode()
    assert page.program is not None
    return without_markers(page.program).encode()


def write_downloads(project: Project, folder: Path) -> int:
    """Fill a folder with what all pages offer; returns the number of files that changed.

    Args:
        project: its pages and notebooks.
        folder: made if it is not there; what no page offers is removed from it.
    """
    changed, wanted = 0, set()

    def write(name: str, sources: Iterable[Path], make: Callable[[], bytes]) -> None:
        nonlocal changed
        target = folder / name
        wanted.add(target)
        newest = max(modified(path) for path in sources)
        if modified(target) > newest:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(make())
        changed += 1

    for path in project.pages():
        if project.is_translation(path):
            continue
        page = load_page(path, project)
        sources = [path, *page.files.values(), *page.own_files.values()]
        sources += {file for line in page.lines for file, _ in line.origins}
        for suffix, name in download_paths(page).items():
            write(name, sources, functools.partial(page_download, page, suffix))
    for path in notebooks(project):
        book = Notebook(path, project)
        make = functools.partial(notebook_archive, book)
        write(f"{book.name}.zip", [path, *book.files.values()], make)
    for stale in (p for p in folder.rglob("*") if p.is_file() and p not in wanted):
        stale.unlink()
    return changed
