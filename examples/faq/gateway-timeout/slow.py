import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if "crash" in self.path:
            return  # the worker died: no answer, the connection ends
        if "predict" in self.path:
            time.sleep(1)  # a slow model
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"done\n")

    def log_message(self, *args: object) -> None:
        """Keep the page's output to what curl prints."""


ThreadingHTTPServer(("127.0.0.1", 8647), Model).serve_forever()
