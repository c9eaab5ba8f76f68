"""Measure what the service's packages weigh, for the CPU and by default.

Run it without arguments (a minute or two, and 1.5 GB of temporary space):

    python benchmarks/image_size.py

It writes results/image-size.json and .md beside this file. The CPU wheels
are downloaded and installed into an empty folder, as the Dockerfile does,
and both are counted. The wheels that `pip install torch` takes by default
on Linux carry CUDA; of those nothing is downloaded: a resolver (uv) lists
them, and the package index states the size of each file.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from argparse import Namespace
from pathlib import Path

from harness import machine, results
from harness.results import TIMES
from harness.script import Benchmark, Result
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

PAGE = results.ROOT / "examples/best-practices/container"
INDEX = "https://download.pytorch.org/whl/cpu"
PLATFORMS = [f"manylinux_2_{n}_x86_64" for n in range(28, 4, -1)]
PLATFORMS += ["manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64"]
GROUPS = {"torch": "torch", "triton": "CUDA libraries and Triton"}


def group(name: str) -> str:
    name = name.lower().replace("_", "-")
    if name.startswith(("nvidia-", "cuda-")):
        return GROUPS["triton"]
    return GROUPS.get(name, "everything else")


def total(sizes: dict[str, int]) -> dict[str, int]:
    """Bytes by group, with their sum."""
    found: dict[str, int] = {}
    for name, size in sizes.items():
        found[group(name)] = found.get(group(name), 0) + size
    return found | {"all": sum(sizes.values())}


def on_disk(folder: Path) -> int:
    files = [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    return sum(p.stat().st_size for p in files)


def cpu(work: Path) -> dict[str, dict[str, int]]:
    """Download and install the CPU wheels; bytes by group."""
    pip = [sys.executable, "-m", "pip", "--quiet"]
    wheels, installed = work / "wheels", work / "installed"
    options = ["--only-binary", ":all:", "-r", str(PAGE / "requirements.txt")]
    os.environ.setdefault("PIP_RETRIES", "1")
    subprocess.run(
        [*pip, "download", "--extra-index-url", INDEX, "-d", wheels, *options], check=True
    )
    local = ["--no-index", "--find-links", str(wheels), "--target", str(installed)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([*pip, "install", *local, *options], check=True, env=environment)
    files = {p.name.split("-")[0]: p.stat().st_size for p in wheels.iterdir()}
    torch = sum(
        on_disk(installed / name)
        for name in ("torch", "torchgen", "functorch")
        if (installed / name).exists()
    )
    everything = on_disk(installed)
    return {
        "download": total(files),
        "installed": {"torch": torch, "everything else": everything - torch, "all": everything},
    }


def default(work: Path) -> dict[str, dict[str, int]]:
    """Sizes that the index states for the default wheels; bytes by group."""
    venv.create(work / "tool", with_pip=True)
    python = work / "tool/bin/python"
    subprocess.run([python, "-m", "pip", "--quiet", "install", "uv"], check=True)
    text = (PAGE / "requirements.txt").read_text().replace("+cpu", "")
    (work / "default.in").write_text(text)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    cert = {"SSL_CERT_FILE": os.environ["PIP_CERT"]} if "PIP_CERT" in os.environ else {}
    subprocess.run(
        [work / "tool/bin/uv", "pip", "compile", "--quiet", "--no-config",
         "--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28",
         "--format", "pylock.toml", "-o", work / "pylock.toml", work / "default.in"],
        check=True, env=environment | cert,
    )  # fmt: skip
    tags = [
        *cpython_tags((3, 11), platforms=PLATFORMS),
        *compatible_tags((3, 11), "cp311", PLATFORMS),
    ]
    rank = {tag: n for n, tag in enumerate(tags)}
    sizes: dict[str, int] = {}
    for package in tomllib.loads((work / "pylock.toml").read_text())["packages"]:
        fitting = []
        for wheel in package["wheels"]:
            of = parse_wheel_filename(wheel["url"].rpartition("/")[2].replace("%2B", "+"))[3]
            best = min((rank[tag] for tag in of if tag in rank), default=None)
            if best is not None:
                fitting.append((best, wheel["size"]))
        sizes[package["name"]] = min(fitting)[1]
    return {"download": total(sizes)}


def measure(options: Namespace) -> Result:
    """Both; with --quick the sizes of a folder of this repository in place of downloads."""
    if options.quick:
        sizes = total({"harness": on_disk(Path(results.__file__).parent)})
        return {"cpu": {"download": sizes, "installed": sizes}, "default": {"download": sizes}}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        return {"cpu": cpu(work), "default": default(work)}


def table(result: Result) -> str:
    columns = [result["cpu"]["download"], result["cpu"]["installed"], result["default"]["download"]]
    rows = [
        (
            name if name != "all" else "**all**",
            *(f"{column.get(name, 0) / 1e6:,.0f}" for column in columns),
        )
        for name in ("torch", GROUPS["triton"], "everything else", "all")
    ]
    heads = ["MB", "CPU, download", "CPU, installed", "default, download"]
    ratio = columns[2]["all"] / columns[0]["all"]
    where = machine.facts(result)
    return (
        results.table(heads, rows)
        + f"\nThe default download is {ratio:.1f} {TIMES} the CPU one.\n\n"
        "*CPU: the page's `requirements.txt`, downloaded and installed into an empty folder, "
        "bytecode included. "
        "Default: the same versions as the package index serves them for Linux x86-64, "
        "sizes as the index states them; "
        "nothing of it was installed. "
        f"Python {where.python}, {where.date}. "
        "`benchmarks/image_size.py` measures it again.*\n"
    )


BENCHMARK = Benchmark(
    "image-size",
    "benchmarks/image_size.py",
    measure,
    lambda result: {"image-size": table(result)},
    packages=(),
    quiet=False,
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
