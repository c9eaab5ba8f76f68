"""The tools around a model: last release and license, asked of the package index.

    python scripts/ecosystem.py

It needs uv (for the dates) and pip, as ordinary clients, and the network; it
installs nothing. It writes benchmarks/results/releases.json and the table of
docs/tools/around.md. What each tool is for, and whether this handbook ran it,
stands below.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "benchmarks/results"
OTHERS = [
    "fastapi",
    "litserve",
    "ray",
    "bentoml",
    "mlserver",
    "kserve",
    "torchserve",
    "ai-edge-torch",
    "litert-torch",
    "torchtext",
    "torchdata",
]
# kind, package, name and site, what it is for, when you need it, where it was run here
AROUND = [
    (
        "Registry, tracking",
        "mlflow",
        "[MLflow](https://mlflow.org/docs/latest/)",
        "experiments, and a registry of model versions",
        "several people train, and somebody asks which run made the file in production",
        "",
    ),
    (
        "Registry, tracking",
        "wandb",
        "[Weights & Biases](https://docs.wandb.ai/)",
        "the same, as a hosted service",
        "you would rather not run a tracking server",
        "",
    ),
    (
        "Registry, tracking",
        "dvc",
        "[DVC](https://dvc.org/doc)",
        "data and models by hash beside git",
        "data changes, and a commit must say which data it belongs to",
        "",
    ),
    (
        "Supply chain",
        "model-signing",
        "[model-signing](https://github.com/sigstore/model-transparency)",
        "signs a model folder",
        "the one who serves is not the one who built",
        "[building](../best-practices/building.md)",
    ),
    (
        "Supply chain",
        "picklescan",
        "[picklescan](https://github.com/mmaitre314/picklescan)",
        "finds code in pickles",
        "weights come from strangers",
        "[building](../best-practices/building.md)",
    ),
    (
        "Monitoring",
        "prometheus-client",
        "[Prometheus](https://prometheus.io/docs/)",
        "counters and histograms, and alerts on them",
        "always",
        "[observability](../best-practices/observability.md) (client, rules)",
    ),
    (
        "Monitoring",
        "opentelemetry-sdk",
        "[OpenTelemetry](https://opentelemetry.io/docs/)",
        "traces across services",
        "a request passes through more than one process",
        "[observability](../best-practices/observability.md)",
    ),
    (
        "Monitoring",
        "evidently",
        "[Evidently](https://docs.evidentlyai.com/)",
        "reports on drift and quality",
        (
            "you want ready-made reports; "
            "the statistics themselves are [a page](../best-practices/drift.md)"
        ),
        "",
    ),
    (
        "Monitoring",
        "nannyml",
        "[NannyML](https://nannyml.readthedocs.io/)",
        "estimates accuracy without labels",
        "labels come weeks later",
        "",
    ),
    (
        "Load and contract",
        "locust",
        "[Locust](https://docs.locust.io/)",
        "load from many simulated users",
        "before each larger release",
        "[load testing](../best-practices/load-testing.md)",
    ),
    (
        "Load and contract",
        "schemathesis",
        "[Schemathesis](https://schemathesis.readthedocs.io/)",
        "requests made from the OpenAPI schema",
        "others call your service",
        "[HTTP interface](../best-practices/http-api.md)",
    ),
    (
        "Orchestration",
        "prefect",
        "[Prefect](https://docs.prefect.io/)",
        "Python functions as scheduled, retried flows",
        "retraining is more than one cron line",
        "",
    ),
    (
        "Orchestration",
        "dagster",
        "[Dagster](https://docs.dagster.io/)",
        "the same, around the data that they make",
        "many tables and models depend on one another",
        "",
    ),
    (
        "Orchestration",
        "apache-airflow",
        "[Airflow](https://airflow.apache.org/docs/)",
        "schedules of tasks",
        "your company runs it already",
        "",
    ),
    (
        "Features",
        "feast",
        "[Feast](https://docs.feast.dev/)",
        "the same features offline and online",
        (
            "training and serving compute features twice, "
            "and [differ](../faq/recommender-offline-better.md)"
        ),
        "",
    ),
    (
        "Platform",
        "kserve",
        "[KServe](https://kserve.github.io/website/)",
        "models as Kubernetes resources",
        "several teams deploy models to one cluster",
        "[its server](servers-measured.md), [its manifest](../best-practices/kubernetes.md)",
    ),
    (
        "Platform",
        "ray",
        "[Ray](https://docs.ray.io/)",
        "Python over several machines",
        "one machine is not enough",
        "[servers](servers.md), [scaling out](../scenarios/scale-out.md)",
    ),
    (
        "LLM engine",
        "vllm",
        "[vLLM](https://docs.vllm.ai/)",
        "generates text, many requests in one batch, on GPUs",
        "you serve a language model of your own",
        "",
    ),
    (
        "LLM engine",
        "sglang",
        "[SGLang](https://docs.sglang.ai/)",
        "the same, with shared prefixes in a tree",
        "many requests share long beginnings",
        "",
    ),
]
# retired packages: name and site, what it was, what an import said when it was tried
# with torch 2.13.0, what to take instead
RETIRED = [
    (
        "torchserve",
        "[TorchServe](https://github.com/pytorch/serve)",
        "a model server",
        "works, on Java",
        "[a server of this chapter](servers.md)",
    ),
    (
        "torchtext",
        "[torchtext](https://github.com/pytorch/text)",
        "tokenizers, vocabularies, data sets",
        "`OSError: Could not load this library: …/libtorchtext.so`",
        "[the tokenizer of your model](../scenarios/text-classification.md)",
    ),
    (
        "torchdata",
        "[torchdata](https://github.com/pytorch/data), its `datapipes`",
        "pieces of a data loader",
        "`ModuleNotFoundError: No module named 'torchdata.datapipes'`",
        "`torch.utils.data`",
    ),
    (
        "ai-edge-torch",
        "[ai-edge-torch](https://github.com/google-ai-edge/litert-torch)",
        "PyTorch to TensorFlow Lite",
        "not tried here: a shim, renamed litert-torch",
        "litert-torch, or [ExecuTorch](../scenarios/edge.md)",
    ),
]


def latest_releases(packages: list[str]) -> dict[str, dict[str, str]]:
    """Version, date and license of the last release of each package."""
    uv = shutil.which("uv")
    if not uv:
        raise SystemExit("uv is missing: pip install uv, anywhere on the PATH")
    with tempfile.TemporaryDirectory() as folder:
        requirements, lock, report = (
            Path(folder) / name for name in ("requirements.txt", "pylock.toml", "report.json")
        )
        requirements.write_text("\n".join(packages) + "\n")
        command = [
            uv,
            "pip",
            "compile",
            "-q",
            "--no-deps",
            "--no-config",
            "--format",
            "pylock.toml",
            str(requirements),
            "-o",
            str(lock),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
        releases = {}
        for package in tomllib.loads(lock.read_text())["packages"]:
            files = [
                *package.get("wheels", []),
                *([package["sdist"]] if "sdist" in package else []),
            ]
            released = min(file["upload-time"] for file in files if "upload-time" in file)
            releases[package["name"]] = {
                "version": package["version"],
                "date": released.date().isoformat(),
                "license": "not stated",
            }
        pins = [f"{name}=={about['version']}" for name, about in releases.items()]
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--dry-run",
            "--no-deps",
            "--ignore-installed",
            "--report",
            str(report),
            *pins,
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=600)
        for item in json.loads(report.read_text())["install"]:
            about = item["metadata"]
            trove = [
                c.split(" :: ")[-1]
                for c in about.get("classifier", [])
                if c.startswith("License ::")
            ]
            stated = about.get("license_expression") or about.get("license", "").split("\n")[0]
            if stated and len(stated) > 40:
                stated = ""
            key = re.sub(r"[-_.]+", "-", about["name"]).lower()
            releases[key]["license"] = stated or (trove or ["not stated"])[0]
    return releases


def table(result: dict[str, Any]) -> str:
    lines = [
        "| Kind | Tool | What it is for | You need it when | Run here | Last release | License |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, package, name, purpose, when, run in AROUND:
        about = result["packages"][package]
        lines.append(
            f"| {kind} | {name} | {purpose} | {when} | {run or 'no'} | "
            f"{about['version']}, {about['date']} | {about['license']} |"
        )
    return "\n".join(
        [
            *lines,
            "",
            f"*Releases and licenses as the package index states them on {result['date']}.*",
            "",
        ]
    )


def retired(result: dict[str, Any]) -> str:
    lines = [
        "| Package | What it was | Last release | Importing it | Take instead |",
        "|---|---|---|---|---|",
    ]
    for package, name, purpose, says, instead in RETIRED:
        about = result["packages"][package]
        lines.append(
            f"| {name} | {purpose} | {about['version']}, {about['date']} | {says} | {instead} |"
        )
    return "\n".join(
        [*lines, "", f"*Releases as the package index states them on {result['date']}.*", ""]
    )


def main() -> None:
    packages = sorted({*OTHERS, *(row[1] for row in AROUND)})
    result = {
        "made_by": "scripts/ecosystem.py",
        "date": date.today().isoformat(),
        "packages": latest_releases(packages),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "releases.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "around.md").write_text(table(result))
    (RESULTS / "retired.md").write_text(retired(result))


if __name__ == "__main__":
    main()
