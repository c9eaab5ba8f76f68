"""Fixtures of the engine's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.small_handbook import MKDOCS, PYPROJECT, Handbook


@pytest.fixture
def handbook(tmp_path: Path) -> Handbook:
    made = Handbook(tmp_path)
    made.write("mkdocs.yml", MKDOCS)
    made.write("pyproject.toml", PYPROJECT)
    return made
