"""The gates of a release fail closed, and the workflow's steps are run as they are written."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest
import release
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from release import Stopped, last_release, sign, verify_signature
from steps import main

from fenceproof.project import find_project

pytestmark = pytest.mark.work_folder
ROOT = find_project(Path(__file__)).root
WORKFLOW = """
jobs:
  release:
    env: {{VERSION: "${{{{ inputs.version }}}}"}}
    steps:
      - uses: actions/checkout
      - name: one
        run: echo "$VERSION" > release.txt
      - name: two
        run: {second}
      - name: three
        run: touch three
"""


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key to sign with."""
    path = tmp_path / "release.key"
    command = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture
def released(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The artifact of a release that was signed."""
    monkeypatch.setattr(release, "RELEASES", tmp_path / "release")
    folder = tmp_path / "release/model-1.0.0/artifact"
    folder.mkdir(parents=True)
    (folder / "model.pt2").write_text("weights")
    sign(folder, key)
    return folder


def test_nothing_to_compare_with_stops_a_release(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "RELEASES", tmp_path / "nothing")
    with pytest.raises(Stopped, match=r"nothing in .* to compare with"):
        last_release(key, first=False)
    assert last_release(key, first=True) is None


def test_only_the_first_release_is_the_first(released: Path, key: Path) -> None:
    assert last_release(key, first=False) == released
    with pytest.raises(Stopped, match="not the first"):
        last_release(key, first=True)


def test_a_changed_last_release_is_no_measure(released: Path, key: Path) -> None:
    verify_signature(released, key)
    (released / "model.pt2").write_text("other weights")
    with pytest.raises(Stopped, match="is not what was signed"):
        last_release(key, first=False)


def test_an_unsigned_last_release_is_no_measure(released: Path, key: Path) -> None:
    Path(f"{released}.sig").unlink()
    with pytest.raises(Stopped, match="is not what was signed"):
        last_release(key, first=False)


@pytest.mark.parametrize(
    ("second", "reason", "last"),
    [("'true'", "", True), ("'false | cat'", "no output", False), ("exit 3", "no output", False)],
)
def test_steps_run_in_order_and_stop_at_the_first_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: str, reason: str, last: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("release.py", "release.key"):
        Path(name).write_text("")
    Path("release").mkdir()
    Path("workflow.yml").write_text(WORKFLOW.format(second=second))
    assert main(Path("workflow.yml"), Path("runner"), "version=1.2.3") == reason
    assert Path("runner/release.txt").read_text() == "1.2.3\n"
    assert Path("runner/three").exists() == last
    assert not Path("runner/release").exists()


def test_each_expression_of_the_workflow_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that `steps.py` does not know would be an empty string at GitHub."""
    for name in ("release.yml", "release.py"):
        (tmp_path / name).write_text(Path(name).read_text())
    (tmp_path / "release.key").write_text("")
    monkeypatch.chdir(tmp_path)
    job = yaml.safe_load(Path("release.yml").read_text())["jobs"]["release"]
    named = [step["name"] for step in job["steps"] if "run" in step]
    assert named[:2] == ["Fetch the last release", "Fetch the checkpoint"]
    with pytest.raises(KeyError, match=r"inputs\.version"):
        main(Path("release.yml"), Path("runner"))


def test_the_release_installs_every_package_by_its_hash() -> None:
    """The versions are those that were tested, and none that is needed is missing but torch."""
    pinned = dict(
        re.findall(
            r"([a-z0-9-]+)==(\S+) \\\n  --hash=sha256:[0-9a-f]{64}\n",
            listed := Path("requirements-release.txt").read_text(),
        )
    )
    assert len(pinned) * 2 == len(listed.splitlines())
    constraints = (ROOT / "requirements/constraints.txt").read_text().splitlines()
    tested = dict(line.split("==") for line in constraints if "==" in line)
    tested = {canonicalize_name(name): version for name, version in tested.items()}
    tested["setuptools"] = pinned["setuptools"]  # never frozen by pip
    assert {name: tested.get(name) for name in pinned} == pinned
    for name in [*pinned, "torch"]:
        for needed in map(Requirement, requires(name) or []):
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in {*pinned, "torch"}, (name, needed.name)
