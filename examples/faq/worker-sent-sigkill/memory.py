import signal
from pathlib import Path


def used_and_limit() -> tuple[str, str] | None:
    """Bytes that this container has used at most, and may use."""
    folder = Path("/sys/fs/cgroup")
    try:
        peak = (folder / "memory.peak").read_text().strip()
        limit = (folder / "memory.max").read_text().strip()
    except OSError:
        return None  # not in a container with cgroup v2
    return peak, limit


def kills() -> int:
    """How often the kernel killed a process here for memory."""
    try:
        text = Path("/sys/fs/cgroup/memory.events").read_text()
    except OSError:
        return 0
    events = dict(line.split() for line in text.splitlines())
    return int(events.get("oom_kill", 0))


used_and_limit()
print("killed for memory:", kills())
code = 128 + signal.SIGKILL
print("exit code of a program that SIGKILL ended:", code)
