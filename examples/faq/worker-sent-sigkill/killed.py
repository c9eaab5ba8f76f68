import os
import signal
from collections.abc import Callable


def app(environ: dict, start_response: Callable) -> list[bytes]:
    if environ["PATH_INFO"] == "/large":  # as the kernel does it
        os.kill(os.getpid(), signal.SIGKILL)
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\n"]
