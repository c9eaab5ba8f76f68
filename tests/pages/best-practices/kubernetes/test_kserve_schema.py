"""The InferenceService of the handbook has only fields that KServe's own models know."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from fenceproof.project import find_project

ROOT = find_project(Path(__file__)).root
KSERVE = "0.21.0"


@pytest.fixture(scope="session")
def models(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Class → (attribute → type, JSON key → attribute), read without importing the package."""
    folder = tmp_path_factory.mktemp("kserve")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        f"kserve=={KSERVE}",
    ]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("kserve cannot be downloaded here")
    fields = {}
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        for name in wheel.namelist():
            if not re.match(r"kserve/models/v1\w+\.py$", name):
                continue
            for node in ast.parse(wheel.read(name)).body:
                if isinstance(node, ast.ClassDef):
                    said = {
                        t.id: a.value
                        for a in node.body
                        if isinstance(a, ast.Assign)
                        for t in a.targets
                        if isinstance(t, ast.Name)
                    }
                    types, keys = (
                        ast.literal_eval(said["openapi_types"]),
                        ast.literal_eval(said["attribute_map"]),
                    )
                    fields[node.name] = types, {key: attribute for attribute, key in keys.items()}
    return fields


def unknown(data: dict[str, Any], kind: str, models: dict[str, Any]) -> list[str]:
    types, keys = models[kind]
    wrong = []
    for key, value in data.items():
        if key not in keys:
            wrong.append(f"{kind}.{key}")
        elif isinstance(value, dict) and types[keys[key]] in models:
            wrong += unknown(value, types[keys[key]], models)
    return wrong


@pytest.mark.slow
def test_inference_service(models: dict[str, Any]) -> None:
    text = (ROOT / "examples/best-practices/kubernetes/kserve.yaml").read_text()
    data = yaml.safe_load(text)
    assert unknown(data, "V1beta1InferenceService", models) == []
    data["spec"]["predictor"]["minReplica"] = 1
    assert unknown(data, "V1beta1InferenceService", models) == ["V1beta1PredictorSpec.minReplica"]


@pytest.mark.slow
def test_its_container_is_one_of_kubernetes() -> None:
    import kubernetes_validate

    from fenceproof.run.checks.kubernetes import VERSION

    predictor = yaml.safe_load(
        (ROOT / "examples/best-practices/kubernetes/kserve.yaml").read_text()
    )["spec"]["predictor"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {"containers": predictor["containers"]},
    }
    kubernetes_validate.validate(pod, VERSION, strict=True)
