"""Each server that is built on the reference service has its layer around all routes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fenceproof.project import find_project
from fenceproof.reader import load_page
from fenceproof.run.pace import patience

PROJECT = find_project(Path(__file__))
PROGRAM = Path(__file__).with_name("refusals.py")


@pytest.mark.parametrize(
    ("page", "module", "service", "settings", "path"),
    [
        ("best-practices/service", "server", "", "settings:Settings", "/v1/classify"),
        (
            "scenarios/image-recognition-service",
            "photo_server",
            "",
            "settings:Settings",
            "/v1/classify",
        ),
        (
            "scenarios/text-classification-service",
            "text_server",
            "",
            "text_service:TextSettings",
            "/v1/classify",
        ),
        (
            "scenarios/machine-translation-service",
            "translation_server",
            "translation_server:TranslationService",
            "translation_server:TranslationSettings",
            "/v1/translate",
        ),
        (
            "scenarios/recommendation-service",
            "recommendation_server",
            "",
            "recommendation_server:Budget",
            "/v1/recommend",
        ),
    ],
    ids=["images", "photographs", "text", "translation", "recommendation"],
)
def test_key_then_size_then_the_route(
    tmp_path: Path, page: str, module: str, service: str, settings: str, path: str
) -> None:
    load_page(PROJECT.docs / f"{page}.md", PROJECT).copy_to(tmp_path, with_program=True)
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), module, service, settings, path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=patience(120),
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    answers = json.loads(ended.stdout.splitlines()[-1])
    assert [status for status, _, _ in answers] in ([401, 413, 422, 404], [401, 413, 415, 404])
    for _, kind, text in answers:
        assert kind == "application/problem+json"
        assert len(text) < 2000 and "do not repeat me" not in text
