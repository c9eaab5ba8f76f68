"""The pages on the versions that readers use: `make matrix` runs them all and writes their records.

Each environment is made once and kept. A page with a valid record of an environment is not run
there again, so a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
from pathlib import Path

import nox

ROOT = Path(__file__).parent
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"
BASELINE = "2.13.0"
# (Python, torch); the baseline, 2.13.0 on 3.11, is what `make record` runs
ENVIRONMENTS = [("3.11", "2.14.1"), ("3.11", "2.15.0"), ("3.12", "2.15.0"), ("3.13", "2.15.0")]
# Companions with machine code of their own, and what shows that they work with this torch.
COMPANIONS = {
    "torchao": "import torchao.quantization",
    "executorch": "from executorch.runtime import Runtime; Runtime.get()",
    "opacus": "import opacus",
    "captum": "import captum.attr",
}
FOUND = """
import importlib.metadata, sys
for name in sys.argv[1:]:
    try:
        print(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        print(name)
"""

nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"


def requirements(name: str) -> list[str]:
    """The packages of a file of requirements/, without those of the files that it names."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def install(session: nox.Session, torch: str) -> dict[str, str]:
    """Install what the pages need, with this torch; what cannot be had or used is left out.

    Args:
        session: with an environment.
        torch: its version.

    Returns:
        The reason for each package that is left out.
    """
    folder = Path(session.virtualenv.location)
    known = folder / "absent.json"
    if known.exists():
        absent: dict[str, str] = json.loads(known.read_text(encoding="utf-8"))
        return absent
    pins = [line for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line]
    pins = [f"torch=={torch}" if line == f"torch=={BASELINE}" else line for line in pins]
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(pins) + "\n", encoding="utf-8")
    names = [*requirements("site.txt"), *requirements("test.txt")]
    exact = ["--quiet", "--disable-pip-version-check", "--constraint", str(constraints)]
    session.install(*exact, f"torch=={torch}", *requirements("site.txt"))
    absent = {}
    if not session.run("python", "-m", "pip", "install", *exact, *names, success_codes=[0, 1]):
        session.log("not all can be had in these versions: one after the other")
        for name in names:
            session.run("python", "-m", "pip", "install", *exact, name, success_codes=[0, 1])
    session.install("--quiet", "--no-deps", "-e", str(ROOT))
    plain = [name.partition("[")[0] for name in names]
    found = str(session.run("python", "-c", FOUND, *plain, silent=True))
    python = f"Python {session.python}"
    for line in found.splitlines():
        name, _, version = line.partition(" ")
        if not version:
            absent[name] = f"{name} has no release for torch {torch} and {python}"
        elif name in COMPANIONS:
            works = session.run(
                "python", "-c", COMPANIONS[name], silent=True, success_codes=[0, *range(1, 256)]
            )
            if works and "Error" in str(works):
                reason = str(works).strip().splitlines()[-1][:200]
                absent[name] = f"{name} {version} does not work with torch {torch}: {reason}"
    known.write_text(json.dumps(absent, indent=1), encoding="utf-8")
    return absent


def run_pages(session: nox.Session, torch: str) -> None:
    """Run the pages, or what the arguments after `--` say, and write their records.

    Args:
        session: with an environment, or with an empty one.
        torch: the version that it has or gets.
    """
    absent = install(session, torch)
    for reason in absent.values():
        session.log(reason)
    session.run(
        *("python", "-m", "pytest", *(session.posargs or ["docs", "-n", "auto"]), "-q"),
        *("--changed", "--record", "--record-failures"),
        env={"FENCEPROOF_ABSENT": json.dumps(absent), "NO_MKDOCS_2_WARNING": "1"},
        success_codes=[0, 1],  # what fails is in the records, and on the pages
    )


@nox.session(python="3.14")
def newest(session: nox.Session) -> None:
    """Run the pages with the newest torch on the newest Python."""
    session.run("python", "-m", "pip", "install", "--quiet", "torch")
    version = "import importlib.metadata; print(importlib.metadata.version('torch'))"
    torch = str(session.run("python", "-c", version, silent=True)).strip()
    run_pages(session, torch.partition("+")[0])


@nox.session
@nox.parametrize(
    "python,torch", ENVIRONMENTS, ids=[f"torch-{t}-python-{p}" for p, t in ENVIRONMENTS]
)
def pages(session: nox.Session, torch: str) -> None:
    """Run the pages in this environment, and write their records, failures too."""
    run_pages(session, torch)
