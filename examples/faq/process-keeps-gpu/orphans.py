import os
import signal
import subprocess
import sys
import time

import psutil

PROTECTIONS = ("nothing", "daemon", "handler", "prctl", "thread")
SIGNALS = (signal.SIGTERM, signal.SIGKILL)


def start(protection: str) -> subprocess.Popen[str]:
    """Start a parent in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "parent.py", protection], text=True,
        stdout=subprocess.PIPE, start_new_session=True)


def is_alive(process: psutil.Process) -> bool:
    """Return False for one that ended and nobody has waited for."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


parents = {(p, s): start(p) for p in PROTECTIONS for s in SIGNALS}
children = {case: psutil.Process(int(parent.stdout.readline()))
            for case, parent in parents.items()}
for (_, number), parent in parents.items():
    parent.send_signal(number)
    parent.wait()
time.sleep(1)
print("            ", *(number.name for number in SIGNALS))
for protection in PROTECTIONS:
    after = ["stays" if is_alive(children[protection, number]) else "ends"
             for number in SIGNALS]
    print(f"{protection:12} {after[0]:7} {after[1]}")

for parent in parents.values():
    try:
        os.killpg(parent.pid, signal.SIGKILL)  # whoever is left of the group
    except ProcessLookupError:
        pass
