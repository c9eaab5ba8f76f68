"""What the handbook's build costs beyond plain Material, and how soon an edit is seen.

    python scripts/build_time.py            # about five minutes

Both builds take the same text from a copy of the committed tree, in turns,
each in a process of its own: Material with its search and the Markdown
extensions that the text is written in, and the handbook's own, with its
evidence, formulas, search and stylesheet. Notebooks, downloads and cards are
left out of both. Writes results/site-build.json and .md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
PORT = 18790
EDITED = ("concepts/serialization", "faq/nan-passes", "best-practices/micro-batching")
PUBLISH = """
import pathlib, sys
from fenceproof.project import find_project
project = find_project(pathlib.Path.cwd())
project.hooks.publish(pathlib.Path(sys.argv[1]), project.root)
"""
TOLERANCE = re.compile(r'^(\s*[`~]{3,}.*?) tolerance="[^"]*"', re.MULTILINE)


def copy(target: Path) -> None:
    """The committed files, as they lie here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def configure(root: Path) -> None:
    """Write `own.yml` and `plain.yml` into the copy."""
    config = (root / "mkdocs.yml").read_text("utf-8")
    config = re.sub(r"^ +- \S+\.ipynb\n", "", config, flags=re.MULTILINE)
    config = re.sub(r"  - mkdocs-jupyter:\n(?:      .*\n)+", "", config)
    config = config.replace("exclude_docs: |\n", "exclude_docs: |\n  *.ipynb\n")
    (root / "own.yml").write_text(config, "utf-8")
    for spare in (
        r"^hooks: .*\n",
        r"^extra_css:\n(?:  .*\n)+",
        r"^extra_javascript:\n(?:  .*\n)+",
        r"^  custom_dir: .*\n",
        r"^  - handbook\.typeset\.maths\n",
        r"^  - fenceproof:\n(?:      .*\n)+",
    ):
        config, count = re.subn(spare, "", config, flags=re.MULTILINE)
        if not count:
            raise SystemExit(f"mkdocs.yml has no {spare}: fix this script")
    config = config.replace(
        "handbook.typeset.diagrams.fence", "pymdownx.superfences.fence_code_format"
    )
    (root / "plain.yml").write_text(config.replace("docs_dir: docs", "docs_dir: plain"), "utf-8")
    for path in (root / "docs").rglob("*"):
        if path.is_file() and path.suffix != ".ipynb":
            copied = root / "plain" / path.relative_to(root / "docs")
            copied.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".md":  # the one option that only fenceproof reads
                copied.write_text(TOLERANCE.sub(r"\1", path.read_text("utf-8")), "utf-8")
            else:
                shutil.copyfile(path, copied)


def environment() -> dict[str, str]:
    addresses = {
        "SITE_URL": "https://handbook.example/",
        "REPO_URL": "https://github.com/example/handbook",
        "EDIT_URI": "edit/main/docs/",
    }
    return (
        os.environ
        | addresses
        | {"FENCEPROOF_STRICT": "0", "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": ""}
    )


def build(root: Path, name: str) -> float:
    """CPU seconds of one build."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    site = f"site-{name}"
    commands = [["-m", "mkdocs", "build", "-q", "-f", f"{name}.yml", "-d", site]]
    if name == "own":
        commands.append(["-c", PUBLISH, site])
    for command in commands:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=root,
            env=environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def page(name: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{name}", timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return ""


def until(name: str, word: str, limit: float) -> float:
    """Seconds until a page says a word."""
    start = time.monotonic()
    while word not in page(name):
        if time.monotonic() - start > limit:
            raise SystemExit(f"{name} does not say {word!r} after {limit:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - start


def reload(root: Path) -> dict[str, list[float]]:
    """Seconds from saving a page until the server shows it: two edits each."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            raise SystemExit(f"port {PORT} is in use")
    server = subprocess.Popen(
        [sys.executable, "-m", "fenceproof", "serve", "--port", str(PORT)],
        cwd=root,
        env=environment() | {"SITE_URL": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until("", "</html>", 180)
        edits: dict[str, list[float]] = {}
        for turn in range(2):
            for name in EDITED:
                time.sleep(1)
                with (root / "docs" / f"{name}.md").open("a", encoding="utf-8") as file:
                    file.write(f"\nEdit number {turn} of this page.\n")
                edits.setdefault(name, []).append(until(f"{name}/", f"Edit number {turn} of", 60))
        return edits
    finally:
        server.terminate()
        server.wait(30)


def table(result: dict[str, Any]) -> str:
    plain, handbook = (statistics.median(result[name]) for name in ("plain", "own"))
    seen = [second for times in result["edits"].values() for second in times]
    return (
        "| | CPU seconds |\n|---|---|\n"
        f"| plain Material | {plain:.1f} |\n"
        f"| the handbook | {handbook:.1f} ({handbook / plain - 1:+.0%}) |\n\n"
        f"Median of {len(result['own'])} builds each of {result['pages']} pages, in turns, "
        f"on {result['machine']} "
        f"({result['date']}, load {result['load']:.1f}).\n"
        f"An edit of one page is served after {statistics.median(seen):.1f} s "
        f"(at most {max(seen):.1f} s in {len(seen)} edits).\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy(root)
        configure(root)
        load = os.getloadavg()[0]
        build(root, "plain"), build(root, "own")  # write what is cached
        times: dict[str, list[float]] = {"plain": [], "own": []}
        for turn in range(rounds):
            for name in ("plain", "own") if turn % 2 == 0 else ("own", "plain"):
                times[name].append(round(build(root, name), 2))
                print(f"{name} {times[name][-1]:.1f} s", flush=True)
        result: dict[str, Any] = times | {
            "pages": len(list((root / "plain").rglob("*.md"))),
            "edits": {
                name: [round(s, 2) for s in seconds] for name, seconds in reload(root).items()
            },
            "machine": (
                f"{os.cpu_count()} cores, {platform.system().lower()}-{platform.machine()}, "
                f"Python {platform.python_version()}"
            ),
            "date": datetime.now(UTC).date().isoformat(),
            "load": round(load, 2),
        }
    (RESULTS / "site-build.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    (RESULTS / "site-build.md").write_text(table(result), "utf-8")
    print(table(result))


if __name__ == "__main__":
    main()
