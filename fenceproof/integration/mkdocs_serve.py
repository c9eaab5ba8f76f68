"""MkDocs' server with live reload, as `make serve` runs it.

Pages are as the builder makes them: not published, so that they are quick to build and easy to
look into. What they link is added after each build.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fenceproof import downloads
from fenceproof.project import Project


def is_out_of_date(file: Any, project: Project) -> bool:
    """Whether a page's program or its record is newer than what was built of the page.

    Args:
        file: of MkDocs.
        project: whose page it is.
    """
    if not file.src_uri.endswith(".md"):
        return False
    name, built = file.src_uri.removesuffix(".md"), os.path.getmtime(str(file.abs_dest_path))
    folder = project.root / "examples" / name
    sources = [
        project.root / "records" / f"{name}.json",
        folder.with_name(folder.name + ".py"),
        *folder.rglob("*"),
    ]
    return any(path.stat().st_mtime > built for path in sources if path.is_file())


def complete(site: Path, project: Project) -> None:
    """Add to a built site what its pages link.

    Args:
        site: the folder that MkDocs has filled.
        project: what it was built from.
    """
    downloads.write_downloads(project, site / "downloads")
    project.hooks.preview(site, project.root)


def serve(project: Project, port: int) -> None:
    """Serve on 127.0.0.1 until Ctrl-C.

    MkDocs' own command has no event for what is out of date: `--dirty` asks `File.is_modified`.

    Args:
        project: what to serve.
        port: a free one.
    """
    from mkdocs.__main__ import cli
    from mkdocs.commands import serve as command
    from mkdocs.structure.files import File

    is_modified, build = File.is_modified, getattr(command, "build")  # noqa: B009

    def also_modified(file: File) -> bool:
        return bool(is_modified(file)) or is_out_of_date(file, project)

    def build_and_complete(config: Any, **options: Any) -> None:
        build(config, **options)
        complete(Path(config.site_dir), project)

    setattr(File, "is_modified", also_modified)  # noqa: B010
    setattr(command, "build", build_and_complete)  # noqa: B010
    cli(["serve", "--dirty", "--dev-addr", f"127.0.0.1:{port}"])
