"""`python -m fenceproof COMMAND`: what the Makefile calls."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from fenceproof import budget, downloads, prose
from fenceproof.conditions import installed, is_free
from fenceproof.page import ports
from fenceproof.project import find_project
from fenceproof.reader import parse_page


def doctor() -> int:
    """Print one line per missing program or package, and what that means."""
    project = find_project(Path.cwd())
    for tool, meaning in project.settings.get("tools", {}).items():
        if not shutil.which(tool):
            print(f"note: no {tool} on this machine: {meaning}")
    for package, meaning in project.settings.get("packages", {}).items():
        if not installed(package):
            print(f"note: {package} is not installed: {meaning}")
    for path in project.pages():
        if not project.is_translation(path):
            for port, block in ports(parse_page(path, project)).items():
                if not is_free(port):
                    print(f"note: port {port} is in use on this machine: {block.where} fails")
    return 0


def build(site: Path | None = None) -> int:
    """Build strictly, into `site`, or where mkdocs.yml says."""
    os.environ["FENCEPROOF_STRICT"] = "1"
    from mkdocs.__main__ import cli

    downloads.write_downloads(find_project(Path.cwd()))
    cli(["build", "--strict", *(["--site-dir", str(site)] if site else [])])
    return 0


def serve(port: int) -> int:
    if not is_free(port):
        print(f"port {port} is in use: say make serve PORT={port + 1}", file=sys.stderr)
        return 1
    from mkdocs.__main__ import cli
    from mkdocs.structure.files import File

    project = find_project(Path.cwd())
    downloads.write_downloads(project)
    unchanged = File.is_modified

    def is_modified(file: File) -> bool:
        """A page is also out of date when its program or its record
        is newer than what was built.
        """
        if unchanged(file) or not file.src_uri.endswith(".md"):
            return bool(unchanged(file))
        name, built = file.src_uri.removesuffix(".md"), os.path.getmtime(str(file.abs_dest_path))
        folder = project.root / "examples" / name
        sources = [
            project.root / "records" / f"{name}.json",
            folder.with_name(folder.name + ".py"),
            *folder.rglob("*"),
        ]
        return any(p.stat().st_mtime > built for p in sources if p.is_file())

    setattr(File, "is_modified", is_modified)  # noqa: B010
    cli(["serve", "--dirty", "--dev-addr", f"127.0.0.1:{port}"])
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fenceproof", description=__doc__)
    parser.add_argument(
        "command", choices=["serve", "build", "downloads", "doctor", "budget", "numbers"]
    )
    parser.add_argument("--port", type=int, default=8000, help="of serve")
    parser.add_argument("--site-dir", type=Path, help="where build writes")
    arguments = parser.parse_args()
    if arguments.command == "serve":
        return serve(arguments.port)
    if arguments.command == "downloads":
        print(f"{downloads.write_downloads(find_project(Path.cwd()))} downloads written")
        return 0
    if arguments.command == "numbers":
        return prose.main(Path.cwd())
    if arguments.command == "budget":
        return budget.main(Path.cwd())
    return build(arguments.site_dir) if arguments.command == "build" else doctor()


if __name__ == "__main__":
    sys.exit(main())
