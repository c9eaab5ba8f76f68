"""Run a command under a CPU quota: python limited.py 1.5 COMMAND ..."""

import os
import subprocess
import sys
from pathlib import Path

PERIOD_US = 100_000


def main(cpus: float, command: list[str]) -> None:
    top = Path("/sys/fs/cgroup")
    top = top / "cpu" if (top / "cpu").is_dir() else top
    group = top / f"limited-{os.getpid()}"
    quota = int(cpus * PERIOD_US)

    def enter() -> None:
        (group / "cgroup.procs").write_text("0")  # 0: whoever writes

    group.mkdir()
    try:
        if (group / "cpu.max").exists():
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        subprocess.run(command, check=True, preexec_fn=enter)
    finally:
        group.rmdir()


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
