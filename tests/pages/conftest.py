"""Tests of pages: those that import a page's modules run in its work folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.work_folder import INSIDE, WorkFolderFile, is_marked


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> WorkFolderFile | None:
    """In the process that stands in the work folder, such a file is a module like others."""
    if INSIDE in os.environ or not is_marked(module_path):
        return None
    return WorkFolderFile.from_parent(parent, path=module_path)
