"""Run once more, alone and one after the other, what failed while everything ran at once.

`python -m tests.again`, after a run of pytest that failed: a page that waits for servers may fail
because two pages shared two cores. A page is run again as a whole; a test by itself. What fails
again is broken, and so is a run in which much failed. What passes is named, so that it is mended.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOST = 5  # more than these are no accident


def failed(root: Path = ROOT) -> list[str]:
    """What failed in the last run: pages (docs/x.md) and tests (tests/test_x.py::test_y)."""
    last = root / ".pytest_cache/v/cache/lastfailed"
    names = json.loads(last.read_text()) if last.exists() else {}
    return sorted({name.partition("::")[0] if name.startswith("docs/") else name for name in names})


def main(root: Path = ROOT) -> int:
    names = failed(root)
    if not names or len(names) > MOST:
        print(f"again: {len(names)} pages or tests failed; nothing is run again")
        return 1
    print(f"again: {', '.join(names)}", flush=True)
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *names], cwd=root, check=False
    ).returncode
    if code == 0:
        told = "".join(f"\n- {name}" for name in names)
        print(f"UNSTEADY: failed beside others, passed alone:{told}")
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(f"### Unsteady: failed beside others, passed alone\n{told}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
