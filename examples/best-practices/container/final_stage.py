"""Run the last stage of ./Dockerfile with mount and chroot, as root.

    unshare --mount python final_stage.py --copy build=FOLDER [COMMAND]

What an engine does with layers is done with read-only mounts. In place of
the base image stands this system's Python with its libraries; in place of
an earlier stage's /opt/venv stands the FOLDER that you name.
"""

import argparse
import fnmatch
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEM = ["/lib", "/lib64", "/usr/lib", "/etc/ld.so.cache", "/dev", "/proc"]


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions after the last FROM, each with its arguments."""
    found: list[tuple[str, str]] = []
    for line in text.replace("\\\n", " ").splitlines():
        name, _, arguments = line.strip().partition(" ")
        if name == "FROM":
            found = []
        elif name and not name.startswith("#"):
            found.append((name, arguments.strip()))
    return found


def ignored(name: str) -> bool:
    """What .dockerignore says of a file: the last line that fits counts."""
    result = False
    for rule in Path(".dockerignore").read_text().split():
        if fnmatch.fnmatch(name, rule.removeprefix("!")):
            result = not rule.startswith("!")
    return result


def mount(source: Path | str, root: Path, target: Path | str) -> None:
    """Show a file or folder, read-only, under a name in the new root."""
    place = root / str(target).lstrip("/")
    if Path(source).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    options = ["--rbind", "-o", "ro"]
    subprocess.run(["mount", *options, source, place], check=True)


def copy(arguments: str, root: Path, folder: str, stages: dict) -> None:
    *sources, target = shlex.split(arguments)
    if sources[0].startswith("--from="):
        mount(stages[sources[0].removeprefix("--from=")], root, target)
        return
    for source in map(Path, sources):
        if ignored(source.name):
            raise SystemExit(f"COPY: {source} is in .dockerignore")
        place = root / folder.lstrip("/") / target
        if source.is_dir():
            shutil.copytree(source, place)
        else:
            shutil.copy(source, place)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--copy", action="append", required=True)
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    stages = dict(item.split("=", 1) for item in given.copy)

    root = Path("image").resolve()
    root.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "image", root], check=True)
    for path in [*SYSTEM, sys.base_prefix]:
        if Path(path).exists():
            mount(path, root, path)
    environ = {"PATH": f"{sys.base_prefix}/bin", "HOME": "/"}
    folder, user, command = "/", "0:0", [""]
    for name, arguments in instructions(Path("Dockerfile").read_text()):
        if name == "ENV":
            for item in shlex.split(arguments):
                key, value = item.split("=", 1)
                environ[key] = value.replace("$PATH", environ["PATH"])
        elif name == "WORKDIR":
            folder = arguments
            (root / folder.lstrip("/")).mkdir(parents=True)
        elif name == "COPY":
            copy(arguments, root, folder, stages)
        elif name == "USER":
            user = arguments
        elif name == "CMD":
            command = json.loads(arguments)
        elif name != "HEALTHCHECK":
            raise SystemExit(f"this program does not know {name}")
    environ |= dict(item.split("=", 1) for item in given.env)

    (root / "tmp").mkdir()  # as: docker run --read-only --tmpfs /tmp
    mode = ["-t", "tmpfs", "-o", "mode=1777", "tmp", root / "tmp"]
    subprocess.run(["mount", *mode], check=True)
    subprocess.run(["mount", "-o", "remount,ro", root], check=True)
    os.chroot(root)
    os.chdir(folder)
    uid, gid = map(int, user.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    command = given.command or command
    os.execvpe(command[0], command, environ)


if __name__ == "__main__":
    main()
