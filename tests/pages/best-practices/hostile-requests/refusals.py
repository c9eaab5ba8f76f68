"""Prints what a server answers to a stranger, a large body, a bad body and a missing path.

    python refusals.py MODULE SERVICE SETTINGS PATH

In the work folder of the server's page: MODULE has `create_app`, SETTINGS names the class of its
settings (module:class), SERVICE a class between the two, or nothing.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from fastapi.testclient import TestClient


def load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def main(module: str, service: str, settings: str, path: str) -> None:
    key = "k" * 32
    argument = load(settings)(api_keys={"one": key})
    app = load(f"{module}:create_app")(load(service)(argument) if service else argument)
    app.state.service.admit = lambda: None  # as if it were ready; no model is loaded for this
    client = TestClient(app)
    headers = {"Authorization": f"Bearer {key}"}
    large, body = b" " * 6_000_000, json.dumps({"secret": "do not repeat me"})
    answers = [
        client.post(path, content=large),
        client.post(path, content=large, headers=headers),
        client.post(path, content=body, headers=headers | {"Content-Type": "application/json"}),
        client.get("/openapi.json", headers=headers),
    ]
    print(json.dumps([[a.status_code, a.headers["content-type"], a.text] for a in answers]))


if __name__ == "__main__":
    main(*sys.argv[1:])
