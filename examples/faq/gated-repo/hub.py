"""The Hub's answers for a gated and a private model, on this machine."""
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GATED = "Access to model shop/gated is restricted"
LOG_IN = "You must have access to it and be authenticated to access it."
NOT_LISTED = "you are not in the authorized list."


class Hub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Refuse by who asks: nobody, an account, or one on the list."""
        who = self.headers.get("Authorization", "").removeprefix("Bearer ")
        code, error, text = 200, "", "{}"
        if not who and "/private/" in self.path:
            code, error, text = 401, "RepoNotFound", "Repository not found"
        elif not who:
            code, error, text = 401, "GatedRepo", f"{GATED}. {LOG_IN}"
        elif who == "not-listed":
            code, error, text = 403, "GatedRepo", f"{GATED} and {NOT_LISTED}"
        self.send_response(code)
        if error:
            self.send_header("X-Error-Code", error)
            self.send_header("X-Error-Message", text)
        self.send_header("ETag", '"1"')
        self.send_header("X-Repo-Commit", "1" * 40)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(text.encode())

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Be quiet."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
os.environ["HF_HOME"] = os.path.abspath("cache")
os.environ["HF_HUB_OFFLINE"] = "0"
