"""Do the manifests agree with the service's code? Ends with 1 if not."""

import sys
from pathlib import Path
from typing import Any

import yaml

from server import create_app
from settings import Settings

STARTUP_S = 10  # what loading and warming up may take at the least
REQUEST_S = 2  # margin for writing the last answer
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def load(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(Path(name).read_text()))


def checks(name: str) -> dict[str, bool]:
    """What must agree in a Deployment, the files beside it and the code."""
    [deployment] = load(name)
    service, policy = load("network.yaml")
    scaler, budget = load("scaling.yaml")
    [kserve] = load("kserve.yaml")
    spec = deployment["spec"]["template"]["spec"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    [container] = spec["containers"]
    port = container["ports"][0]
    limits = container["resources"]["limits"]
    env = {
        entry["name"]: entry.get("value", entry.get("valueFrom"))
        for entry in container["env"]
    }

    app = create_app(Settings())
    served = app.openapi()["paths"]
    routes = {path for path in served if "get" in served[path]}
    settings = Settings(**{
        name.removeprefix("SERVICE_").lower(): value
        for name, value in env.items()
        if name.startswith("SERVICE_") and isinstance(value, str)
    })  # fmt: skip
    metrics = {m.name for m in app.state.service.metrics.registry.collect()}

    sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    slowest = settings.read_timeout_s + settings.deadline_s + REQUEST_S
    drain = sleep + settings.drain_s + slowest
    startup = container["startupProbe"]
    patience = startup["periodSeconds"] * startup["failureThreshold"]
    by_limit = {"resourceFieldRef": {"resource": "limits.cpu"}}
    wanted = service["spec"]["ports"][0]["targetPort"]
    paths = {container[probe]["httpGet"]["path"] for probe in PROBES}
    [predictor] = kserve["spec"]["predictor"]["containers"]
    paths.add(predictor["readinessProbe"]["httpGet"]["path"])
    variables = {"SERVICE_" + field.upper() for field in Settings.model_fields}
    variables.add("OMP_NUM_THREADS")
    selectors = [
        service["spec"]["selector"],
        policy["spec"]["podSelector"]["matchLabels"],
        budget["spec"]["selector"]["matchLabels"],
        deployment["spec"]["selector"]["matchLabels"],
    ]

    return {
        f"probes ask what is served: {sorted(paths)}": paths <= routes,
        f"every variable is a setting: {len(env)}": env.keys() <= variables,
        "threads follow the CPU limit": env["SERVICE_THREADS"] == by_limit
        and env["OMP_NUM_THREADS"] == by_limit,
        "requests equal limits": container["resources"]["requests"] == limits,
        f"grace covers sleep, drain and the slowest request: {drain:g} s":
            spec["terminationGracePeriodSeconds"] >= drain,
        "start-up is given time": patience >= STARTUP_S,
        "the Service finds the port": wanted == port["name"],
        "selectors match the pods": all(s == labels for s in selectors),
        "the scaler's target exists": scaler["spec"]["scaleTargetRef"]["name"]
        == deployment["metadata"]["name"],
        "the scaler's metric exists": scaler["spec"]["metrics"][0]["pods"][
            "metric"]["name"] in metrics,
        "it never runs as root": spec["securityContext"]["runAsUser"] > 0
        and spec["securityContext"]["runAsNonRoot"],
    }  # fmt: skip


if __name__ == "__main__":
    found = checks("deployment.yaml")
    for what, holds in found.items():
        print("ok  " if holds else "FAIL", what)
    sys.exit(not all(found.values()))
