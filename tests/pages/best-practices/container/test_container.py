"""The image's files agree with each other; the slow test installs what the
image installs and asks it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fenceproof.project import find_project
from fenceproof.run.pace import patience

ROOT = find_project(Path(__file__)).root
IMAGE = ROOT / "examples/best-practices/container"
SERVICE = ROOT / "examples/best-practices/service"
DOCKERFILE = (IMAGE / "Dockerfile").read_text().replace("\\\n", " ")
PORT = 8289
CURL = [
    *("curl", "--silent", "--fail"),
    *("--retry", "60", "--retry-delay", "1", "--retry-all-errors"),
]


def pins(path: Path) -> dict[str, str]:
    lines = (line.split("==") for line in path.read_text().splitlines() if "==" in line)
    return {canonicalize_name(name): version.partition("+")[0] for name, version in lines}


PINNED = pins(IMAGE / "requirements.txt")


def lines(instruction: str, stage: int) -> list[str]:
    """Arguments of an instruction in one stage."""
    text = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[stage + 1]
    return [
        line.partition(" ")[2] for line in text.splitlines() if line.startswith(f"{instruction} ")
    ]


def test_pins_are_what_was_tested() -> None:
    tested = pins(ROOT / "requirements/constraints.txt")
    tested.setdefault("setuptools", PINNED["setuptools"])  # never frozen by pip
    assert {name: tested.get(name) for name in PINNED} == PINNED


def test_pins_are_complete() -> None:
    for name in PINNED:
        for needed in map(Requirement, requires(name) or []):
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in PINNED, f"{name} needs {needed.name}"


def test_every_module_of_the_service_is_copied_and_no_other() -> None:
    left, needed = ["server"], {"healthy.py"}
    while left:
        path = SERVICE / f"{left.pop()}.py"
        if not path.exists() or path.name in needed:
            continue
        needed.add(path.name)
        for node in ast.walk(ast.parse(path.read_text())):
            left += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            left += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
    copied = {word for line in lines("COPY", 1) for word in line.split() if word.endswith(".py")}
    assert copied == needed


def test_user_and_port_are_those_of_the_manifests() -> None:
    deployment = yaml.safe_load((IMAGE.parent / "kubernetes/deployment.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    ids = [pod["securityContext"][key] for key in ("runAsUser", "runAsGroup")]
    assert lines("USER", 1) == [f"{ids[0]}:{ids[1]}"]
    ports = [port["containerPort"] for c in pod["containers"] for port in c["ports"]]
    assert f"UVICORN_PORT={ports[0]}" in shlex.split(lines("ENV", 1)[0])


def ask(path: str, data: bytes | None = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}", data, {"Content-Type": "image/jpeg"}
    )
    with urllib.request.urlopen(request, timeout=patience(10)) as answer:
        return json.load(answer)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_the_build_stage_installs_serves(tmp_path: Path) -> None:
    """The RUN lines with another folder for /opt/venv,
    then the last stage from it (as nobody, where we are root).
    """
    for folder in (SERVICE, IMAGE):
        shutil.copytree(
            folder, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    subprocess.run([sys.executable, "build.py"], cwd=tmp_path, check=True, capture_output=True)
    built = tmp_path / "opt/venv"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
        "PIP_RETRIES": "1"
    }
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    for run in lines("RUN", 0):
        run = run.replace("/opt/venv", str(built)).replace(
            "/tmp/requirements.txt", "requirements.txt"
        )
        run = run.replace("pip --python", "python -m pip --python")
        subprocess.run(run, shell=True, cwd=tmp_path, env=environment, check=True)
    site = next(built.glob("lib/python*/site-packages"))
    names = {canonicalize_name(p.name.split("-")[0]) for p in site.glob("*.dist-info")}
    assert names == set(PINNED), "the image holds what is pinned, and nothing else"
    assert sum(p.stat().st_size for p in site.rglob("*") if p.is_file()) < 1.2e9
    assert list((site / "torch").glob("__pycache__/*.pyc")), "compiled while it could be written"

    variables = {"UVICORN_HOST": "127.0.0.1", "UVICORN_PORT": str(PORT)}
    given = [f"--env={name}={value}" for name, value in variables.items()]
    command = [
        "unshare",
        "--mount",
        sys.executable,
        "final_stage.py",
        "--copy",
        f"build={built}",
        *given,
    ]
    if os.geteuid() != 0:
        command = [str(built / "bin/python"), "-m", "uvicorn", "--factory", "server:create_app"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, stdout=log, stderr=log, env=os.environ | variables
        )
    try:
        subprocess.run([*CURL, f"http://127.0.0.1:{PORT}/readyz"], check=True, capture_output=True)
        answer = ask("/v1/classify?top=1", (tmp_path / "artifact/golden.jpg").read_bytes())
        assert answer["labels"][0]["label"] == "daisy"
        if os.geteuid() == 0:
            status = Path(f"/proc/{server.pid}/status").read_text()
            assert re.search(r"^Uid:\s+65532\s", status, re.MULTILINE)
    finally:
        server.terminate()
        assert server.wait(patience(30)) in (0, -15, 143), (tmp_path / "log").read_text()
