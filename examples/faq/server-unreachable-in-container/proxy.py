import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx


class Page(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()


def asks_itself() -> str:
    try:
        url = f"http://127.0.0.1:{server.server_port}/"
        return f"status {httpx.head(url, timeout=30).status_code}"
    except httpx.HTTPError as error:
        return type(error).__name__


for name in ("http_proxy", "all_proxy", "no_proxy", "NO_PROXY"):
    os.environ.pop(name, None)
print("no proxy:    ", asks_itself())
os.environ["http_proxy"] = "http://127.0.0.1:9"  # nobody is there
print("http_proxy:  ", asks_itself())
os.environ["no_proxy"] = "localhost,127.0.0.1"
print("and no_proxy:", asks_itself())
