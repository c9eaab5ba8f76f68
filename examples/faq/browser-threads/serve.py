"""A static host that lets its pages use threads."""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


class Isolated(SimpleHTTPRequestHandler):
    """Send both headers with every file, the worker's scripts included."""

    def end_headers(self) -> None:
        for name, value in ISOLATION.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    folder, port = sys.argv[1], int(sys.argv[2])
    handler = partial(Isolated, directory=folder)
    ThreadingHTTPServer(("127.0.0.1", port), handler).serve_forever()
