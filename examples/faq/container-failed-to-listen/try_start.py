"""Start a server as a platform does, and say what it would see."""
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil

PATIENCE_S = 60
ADDRESS = "127.0.0.2"  # plays the container's address


def listens(process: psutil.Process) -> list[str]:
    return sorted(
        f"{c.laddr.ip}:{c.laddr.port}"
        for c in process.net_connections("inet")
        if c.status == psutil.CONN_LISTEN
    )


def verdict(server: subprocess.Popen[str], port: int, path: str) -> str:
    process = psutil.Process(server.pid)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if server.poll() is not None:
            assert server.stdout
            last = server.stdout.read().rstrip().rpartition("\n")[2]
            return f"ended with code {server.returncode}: {last}"
        if where := listens(process):
            break
        time.sleep(0.05)
    else:
        return "listens nowhere yet"
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:{port}{path}") as a:
            return f"{path} answers {a.status}"
    except urllib.error.HTTPError as error:
        return f"{path} answers {error.code}"
    except urllib.error.URLError:
        elsewhere = ", ".join(where).replace(f":{port}", ":PORT")
        return f"nobody at PORT; it listens on {elsewhere}"


def main(path: str, command: list[str]) -> None:
    with socket.socket() as free:
        free.bind((ADDRESS, 0))
        port = free.getsockname()[1]
    command = [part.replace("{PORT}", str(port)) for part in command]
    with subprocess.Popen(
        command,
        env=os.environ | {"PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        print(verdict(server, port, path))
        server.terminate()


main(sys.argv[1], sys.argv[2:])
