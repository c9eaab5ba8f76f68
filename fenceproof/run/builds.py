"""`<!-- test: build -->`: the block's first command makes something of the used files alone,
once for all pages of a run.

Fifteen pages that use the same service need the same artifact. The command runs in a folder that
holds nothing but the files of `uses:`, so that the page's own files cannot influence the
result; what it wrote and printed is kept under the hash of those files, of the command and of the
variables that the page exported. The next page with the same hash gets a copy. What is kept ends
with the run, and a page that runs alone makes it from nothing. With `build=chapter/page` the files
are those that this other page runs with, so that a page and those that build on it share.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fenceproof.compare import Mismatch
from fenceproof.page import Block, files_of
from fenceproof.reader import load_page
from fenceproof.run.shell import Result, Shell

FOLDER = "FENCEPROOF_BUILDS"  # environment variable: where the builds of this run are kept
VOLATILE = {"PWD", "OLDPWD", "SHLVL", "_"}


@contextmanager
def keep_builds() -> Iterator[None]:
    """A place for the builds of one run, which worker processes inherit."""
    if FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="builds-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            os.environ.pop(FOLDER, None)


def exported_variables(shell: Shell) -> dict[str, str]:
    """The variables that the page's own commands have exported or changed."""
    entries = (entry.partition("=") for entry in shell.run("env -0").stdout.split("\0") if entry)
    return {
        name: value
        for name, _, value in entries
        if name not in VOLATILE and os.environ.get(name) != value
    }


def input_files(block: Block) -> dict[str, Path]:
    """The files that a build sees: those of the page's `uses:`,
    or those that the page named by `build=` runs with.
    """
    page, name = block.page, block.directive["build"]
    if isinstance(name, str):
        page = load_page(page.project.docs / f"{name}.md", page.project)
    files = page.files
    if isinstance(name, str) and page.program is not None and page.program.is_dir():
        written = {other.title for other in page.blocks if other.kind == "file"}
        files |= {file: path for file, path in files_of(page.program).items() if file in written}
    return files


def build(command: str, block: Block, shell: Shell) -> Result:
    """Run a command on the used files alone, or reuse what another page made of the same files;
    fill the work folder.

    Args:
        command: the first of the block.
        block: the console fence with `build`.
        shell: of the page; its variables and its folder are used.

    Raises:
        Mismatch: the page has changed a file that the build would see.
    """
    used = input_files(block)
    for (
        name
    ) in used:  # two used folders may have a file of one name, and the page has the later one's
        sources = [
            path
            for path in (used[name], *(folder / name for folder in block.page.folders))
            if path.is_file()
        ]
        page_file = shell.folder / name
        if page_file.is_file() and page_file.read_bytes().strip() not in [
            path.read_bytes().strip() for path in sources
        ]:
            raise Mismatch(
                f"{block.where}: the page has changed {name}, "
                "which a shared build takes from examples/"
            )
    variables = {
        name: value.replace(str(shell.folder), ".")
        for name, value in exported_variables(shell).items()
    }
    files = [
        [name, hashlib.sha256(path.read_bytes()).hexdigest()] for name, path in sorted(used.items())
    ]
    key = hashlib.sha256(
        json.dumps([command, variables, files], sort_keys=True).encode()
    ).hexdigest()
    place = Path(os.environ[FOLDER]) / key
    with place.with_suffix(".lock").open("w") as lock:
        # another worker may be building it: wait for its result
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = place / "result.json"
        if done.exists():
            result = Result(**json.loads(done.read_text()))
        else:
            shutil.rmtree(place, ignore_errors=True)
            result = _run(command, variables, used, place / "work", place / "private")
            if result.code == 0:  # a failure is not kept
                done.write_text(json.dumps(dataclasses.asdict(result)))
        shutil.copytree(place / "work", shell.folder, dirs_exist_ok=True)
    return result


def _run(
    command: str, variables: dict[str, str], used: dict[str, Path], folder: Path, private: Path
) -> Result:
    """Run the command in a new folder with these files, and leave there only what it made."""
    folder.mkdir(parents=True)
    private.mkdir()
    for name, path in used.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    shell = Shell(folder, private)
    try:
        for name, value in variables.items():
            shell.run(f"export {name}={shlex.quote(value)}")
        result = shell.run(command)
    finally:
        shell.close()
    for name, path in used.items():
        copy = folder / name
        if copy.is_file() and copy.read_bytes() == path.read_bytes():
            copy.unlink()
    return result
