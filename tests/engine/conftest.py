"""Fixtures of the engine's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.small_handbook import MKDOCS, PYPROJECT, Handbook


@pytest.fixture
def handbook(tmp_path: Path) -> Handbook:
    project = Handbook(tmp_path)
    project.write("mkdocs.yml", MKDOCS)
    project.write("pyproject.toml", PYPROJECT)
    return project
