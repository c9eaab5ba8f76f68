"""`python -m fenceproof COMMAND`: what the Makefile calls."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from fenceproof import budget, downloads, environments, prose
from fenceproof.conditions import installed_version, is_free
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
        if not installed_version(package):
            print(f"note: {package} is not installed: {meaning}")
    for path in project.pages():
        if not project.is_translation(path):
            for port, block in ports(parse_page(path, project)).items():
                if not is_free(port):
                    print(f"note: port {port} is in use on this machine: {block.where} fails")
    return 0


def build(site: Path) -> int:
    """Build strictly into `site`, then finish what the builder made."""
    os.environ["FENCEPROOF_STRICT"] = "1"
    from mkdocs.__main__ import cli

    project, site = find_project(Path.cwd()), site.resolve()
    try:
        cli(["build", "--strict", "--site-dir", str(site)])
    except SystemExit as end:  # a command always ends so
        if end.code:
            raise
    downloads.write_downloads(project, site / "downloads")
    project.hooks.publish(site, project.root)
    return 0


def serve(port: int) -> int:
    """Serve pages as the builder makes them, built again when they change, and their downloads."""
    if not is_free(port):
        print(f"port {port} is in use: say make serve PORT={port + 1}", file=sys.stderr)
        return 1
    from fenceproof.integration import mkdocs_serve

    mkdocs_serve.serve(find_project(Path.cwd()), port)
    return 0


def main() -> int:
    """Run the command that the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fenceproof", description=__doc__)
    parser.add_argument(
        "command",
        choices=[
            "serve",
            "build",
            "downloads",
            "doctor",
            "budget",
            "numbers",
            "environments",
            "mutate",
        ],
    )
    parser.add_argument("pages", nargs="*", help="of mutate; all if there is none")
    parser.add_argument("--port", type=int, default=8000, help="of serve")
    parser.add_argument(
        "--site-dir", type=Path, default=Path("site"), help="where build and downloads write"
    )
    arguments = parser.parse_args()
    if arguments.command == "serve":
        return serve(arguments.port)
    if arguments.command == "downloads":
        folder = arguments.site_dir / "downloads"
        print(f"{downloads.write_downloads(find_project(Path.cwd()), folder)} downloads written")
        return 0
    if arguments.command == "numbers":
        return prose.main(Path.cwd())
    if arguments.command == "mutate":
        from fenceproof.integration import mutate

        return mutate.main(arguments.pages)
    if arguments.command == "budget":
        return budget.main(Path.cwd())
    if arguments.command == "environments":
        return environments.report()
    return build(arguments.site_dir) if arguments.command == "build" else doctor()


if __name__ == "__main__":
    sys.exit(main())
