"""Each server that is built on the reference service has its layer around all routes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from tests.programs import run

PROJECT = find_project(Path(__file__))
PROGRAM = """
import json
from fastapi.testclient import TestClient
from {module} import create_app
{settings}

KEY = "k" * 32
made = create_app({argument})
service = made.state.service
service.admit = lambda: None  # as if it were ready; no model is loaded for this
client = TestClient(made)
mine = {{"Authorization": f"Bearer {{KEY}}"}}
large = b" " * 6_000_000
body = json.dumps({{"secret": "do not repeat me"}})
kind = mine | {{"Content-Type": "application/json"}}
found = [
    client.post("{path}", content=large),
    client.post("{path}", content=large, headers=mine),
    client.post("{path}", content=body, headers=kind),
    client.get("/openapi.json", headers=mine),
]
print(json.dumps([[a.status_code, a.headers["content-type"], a.text] for a in found]))
"""
KEYS = 'api_keys={"one": "k" * 32}'


@pytest.mark.parametrize(
    ("page", "module", "path", "settings", "argument"),
    [
        (
            "best-practices/service",
            "server",
            "/v1/classify",
            "from settings import Settings",
            f"Settings({KEYS})",
        ),
        (
            "scenarios/image-recognition-service",
            "photo_server",
            "/v1/classify",
            "from settings import Settings",
            f"Settings({KEYS})",
        ),
        (
            "scenarios/text-classification-service",
            "text_server",
            "/v1/classify",
            "from text_service import TextSettings",
            f"TextSettings({KEYS})",
        ),
        (
            "scenarios/machine-translation-service",
            "translation_server",
            "/v1/translate",
            "from translation_server import TranslationService, TranslationSettings",
            f"TranslationService(TranslationSettings({KEYS}))",
        ),
        (
            "scenarios/recommendation-service",
            "recommendation_server",
            "/v1/recommend",
            "from recommendation_server import Budget",
            f"Budget({KEYS})",
        ),
    ],
    ids=["images", "photographs", "text", "translation", "recommendation"],
)
def test_key_then_size_then_the_route(
    tmp_path: Path, page: str, module: str, path: str, settings: str, argument: str
) -> None:
    load_page(PROJECT.docs / f"{page}.md", PROJECT).copy_to(tmp_path, own=True)
    program = PROGRAM.format(module=module, path=path, settings=settings, argument=argument)
    answers = json.loads(run(tmp_path, program).splitlines()[-1])
    assert [status for status, _, _ in answers] in ([401, 413, 422, 404], [401, 413, 415, 404])
    for _, kind, text in answers:
        assert kind == "application/problem+json"
        assert len(text) < 2000 and "do not repeat me" not in text
