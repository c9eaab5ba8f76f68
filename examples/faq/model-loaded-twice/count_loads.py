import os
import signal
import sys
from subprocess import DEVNULL, PIPE, Popen

READY = ("startup complete", "Debugger PIN")


def start(command: str) -> Popen[str]:
    """Start a server in a group of its own, so that all of it ends."""
    return Popen([sys.executable, *command.split()], stdout=DEVNULL,
                 stderr=PIPE, text=True, start_new_session=True)


def loads(server: Popen[str], workers: int) -> str:
    """Return how often the model was loaded, and end the server."""
    names, processes, ready = [], set(), 0
    for line in server.stderr:
        if line.startswith("load: "):
            _, name, process = line.split()
            names.append(name)
            processes.add(process)
        ready += any(text in line for text in READY)
        if ready == workers:
            break
    os.killpg(server.pid, signal.SIGTERM)
    server.communicate()
    return f"{len(names)} in {len(processes)}: {' '.join(sorted(names))}"


servers = {command: start(command) for command in sys.argv[1:]}
for command, server in servers.items():
    print(f"{command:28}", loads(server, 2 if "workers" in command else 1))
