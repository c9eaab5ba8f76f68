"""Run the `run:` steps of a workflow in an empty folder, one after another.

    python steps.py WORKFLOW FOLDER [input=value ...]

What `uses:` an action is left out, but the checkout: FOLDER gets the files
that lie here, and nothing that a release made.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

MADE = "release", "candidate", "artifact", "hub", "release.*", "*.pth", "*.log"


def fill(text: str, known: dict[str, str]) -> str:
    """Replace `${{ name }}`; a name that is not known is an error."""
    return re.sub(r"\$\{\{ (.*?) }}", lambda found: known[found[1]], text)


def variables(given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    return {name: fill(str(value), known) for name, value in given.items()}


def main(workflow: Path, folder: Path, *inputs: str) -> str:
    """Returns what ended it: a step, or nothing."""
    job = yaml.safe_load(workflow.read_text())["jobs"]["release"]
    known = {"inputs.weights": "", "inputs.first": "false"}
    known |= {f"inputs.{n}": v for n, v in (pair.split("=") for pair in inputs)}
    known["github.token"] = "none"
    known["secrets.RELEASE_KEY"] = Path("release.key").read_text()
    without = shutil.ignore_patterns(*MADE, folder.name)
    shutil.copytree(".", folder, ignore=without)
    shutil.copy("release.py", folder)
    for step in job["steps"]:
        if "run" not in step:
            continue
        extra = variables(job["env"] | step.get("env", {}), known)
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
        ended = subprocess.run(
            [*command, "-c", fill(step["run"], known)],
            cwd=folder,
            env=os.environ | extra,
            capture_output=True,
            text=True,
        )
        print("ok  " if ended.returncode == 0 else "STOP", step["name"])
        if ended.returncode:
            lines = (ended.stdout + ended.stderr).strip().splitlines()
            return lines[-1] if lines else "no output"
    return ""


if __name__ == "__main__":
    if reason := main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]):
        sys.exit(reason)
