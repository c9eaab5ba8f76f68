"""Try the README's first command as a reader does:
`python3 .ci/front_door.py`, in a clone with `.venv/site`.

Starts `make serve`, waits for the home page, looks at one page of each kind, edits a page and
waits for the change, stops the server with Ctrl-C, and builds the site strictly. Standard
library only: nothing that the tests install may help.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOG = ROOT / ".venv" / "serve.log"
START_S, EDIT_S, STOP_S = 600, 120, 60  # bounds against hanging, not targets
EDITED = ROOT / "docs/concepts/serialization.md"
MARK = "The front door was tried here."
KINDS = {  # a page of each kind, and what shows that it came out whole
    "text": ("concepts/serialization/", "Ran on "),
    "formulas": ("algorithms/quantization/", "<math"),
    "diagram": ("background/first-deployment/", "<svg"),
    "notebook": ("scenarios/recommendation-notebook/", 'class="figure"'),
    "FAQ entry": ("faq/weights-only-load-failed/", "In short:"),
    "list of pages": ("verification/", "blocks"),
    "search index": ("search/search_index.json", '"docs"'),
    "download": ("downloads/concepts/serialization.py", "import"),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(address: str) -> str | None:
    """The page's text, or None if nothing answers yet."""
    try:
        with urllib.request.urlopen(address, timeout=30) as response:
            return str(response.read().decode())
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def wait_for(server: subprocess.Popen[bytes], address: str, text: str, seconds: float) -> float:
    """Wait until a page holds the text; returns the seconds that it took.

    Raises:
        SystemExit: the server ended, or the time is over; with what the server printed.
    """
    start = time.monotonic()
    while text not in (fetch(address) or ""):
        if server.poll() is not None:
            sys.exit(f"make serve ended with {server.returncode}:\n{LOG.read_text()[-4000:]}")
        if time.monotonic() - start > seconds:
            sys.exit(f"{address}: no {text!r} within {seconds} s:\n{LOG.read_text()[-4000:]}")
        time.sleep(0.2)
    return time.monotonic() - start


def stop(server: subprocess.Popen[bytes], port: int) -> None:
    """Ctrl-C, which a terminal sends to the whole process group; nothing may stay behind."""
    os.killpg(server.pid, signal.SIGINT)
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        sys.exit(f"make serve did not stop within {STOP_S} s of Ctrl-C:\n{LOG.read_text()[-4000:]}")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(f"port {port} is still served after Ctrl-C")


def main() -> None:
    # a shell's background jobs ignore it, children too
    signal.signal(signal.SIGINT, signal.default_int_handler)
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    with LOG.open("wb") as log:
        command = ["make", "serve", f"PORT={port}"]
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        print(
            f"make serve: home page after {wait_for(server, base, '</html>', START_S):.1f} s",
            flush=True,
        )
        for kind, (page, text) in KINDS.items():
            if text not in (fetch(base + page) or ""):
                sys.exit(
                    f"make serve: {kind}: {page} does not hold {text!r}:\n{LOG.read_text()[-4000:]}"
                )
        print(f"make serve: {', '.join(KINDS)}: as they should be", flush=True)
        before = EDITED.read_text()
        EDITED.write_text(f"{before}\n{MARK}\n")
        print(
            (
                "make serve: an edit shows after "
                f"{wait_for(server, base + KINDS['text'][0], MARK, EDIT_S):.1f} s"
            ),
            flush=True,
        )
        EDITED.write_text(before)
        stop(server, port)
        print("make serve: Ctrl-C stops it, and nothing stays behind", flush=True)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
    start = time.monotonic()
    subprocess.run(["make", "build"], cwd=ROOT, check=True)
    assert (ROOT / "site/index.html").is_file()
    print(f"make build: {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
