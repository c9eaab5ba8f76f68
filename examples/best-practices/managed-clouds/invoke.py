"""Lambda's side of the runtime API, for trying: python invoke.py port"""

import base64
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

PICTURE = Path("artifact/golden.jpg").read_bytes()
EVENT: dict[str, Any] = {
    "version": "2.0",
    "rawPath": "/v1/classify",
    "rawQueryString": "top=1",
    "headers": {"content-type": "image/jpeg"},
    "requestContext": {"http": {"method": "POST"}},
    "isBase64Encoded": True,
    "body": base64.b64encode(PICTURE).decode(),
}
EVENTS = [
    EVENT,
    EVENT | {"headers": {"content-type": "text/plain"}},
    EVENT | {"rawPath": "/nothing/here"},
]
results: list[dict[str, Any]] = []


class RuntimeApi(BaseHTTPRequestHandler):
    """GET …/next hands out an event, POST …/response takes its result."""

    def do_GET(self) -> None:
        body = json.dumps(EVENTS[len(results)]).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(len(results)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        results.append(json.loads(self.rfile.read(length)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()


api = HTTPServer(("127.0.0.1", int(sys.argv[1])), RuntimeApi)
bridge = subprocess.Popen(
    [sys.executable, "lambda_bridge.py"],
    env=os.environ | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{sys.argv[1]}"},
)
while len(results) < len(EVENTS):
    api.handle_request()
bridge.kill()
bridge.wait()
print(f"{len(PICTURE):,} bytes, {len(EVENT['body']):,} in the event")
for result in results:
    body = json.loads(result["body"])
    said = body["labels"][0]["label"] if "labels" in body else body["cause"]
    print(result["statusCode"], said)
