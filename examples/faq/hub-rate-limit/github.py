"""GitHub's two addresses, played in this process: nothing leaves it."""
import io
import urllib.request
import zipfile
from email.message import Message
from urllib.response import addinfourl

HUBCONF = """
def classifier():
    import torch
    return torch.nn.Linear(4, 3).eval()
"""
requests: list[str] = []


class StandIn(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> addinfourl:
        """Serve the archive, and refuse whatever goes to the API."""
        requests.append(f"{request.host}{request.selector.partition('?')[0]}")
        refused = request.host == "api.github.com"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("models-1a2b3c/", "")
            opened.writestr("models-1a2b3c/hubconf.py", HUBCONF)
        answer = addinfourl(
            io.BytesIO(archive.getvalue()),
            Message(),
            request.full_url,
            403 if refused else 200,
        )
        answer.msg = "rate limit exceeded" if refused else "OK"
        return answer


urllib.request.install_opener(urllib.request.build_opener(StandIn))
