"""A host for a single-page application: what is missing is index.html."""

from http.server import SimpleHTTPRequestHandler
from pathlib import Path


class SinglePage(SimpleHTTPRequestHandler):
    """Answer as Vite's and other development servers do."""

    def send_head(self):  # noqa: ANN201
        if not Path(self.translate_path(self.path)).is_file():
            self.path = "/index.html"
        return super().send_head()

    def log_message(self, *args: object) -> None:
        """Say nothing."""
