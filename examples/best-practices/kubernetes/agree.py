"""Do the manifests agree with the service's code? Ends with 1 if not."""

import sys
from pathlib import Path
from typing import Any

import yaml

from memory import worst_case
from server import create_app
from settings import Settings

STARTUP_S = 10  # what loading and warming up may take at the least
REQUEST_S = 2  # margin for writing the last answer
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def size(text: str) -> int:
    """Bytes of a quantity such as 1280Mi."""
    units = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
    return int(text[:-2]) * units[text[-2:]]


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

    given = {
        name.removeprefix("SERVICE_").lower(): value
        for name, value in env.items()
        if name.startswith("SERVICE_") and isinstance(value, str)
    }
    settings = Settings(**given | {"api_keys": {"checked": "x" * 32}})
    app = create_app(settings)
    served = app.openapi()["paths"]
    routes = {path for path in served if "get" in served[path]}
    metrics = {m.name for m in app.state.service.metrics.registry.collect()}

    sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    slowest = settings.read_timeout_s + settings.deadline_s + REQUEST_S
    drain = sleep + settings.drain_s + slowest
    startup = container["startupProbe"]
    patience = startup["periodSeconds"] * startup["failureThreshold"]
    wanted = service["spec"]["ports"][0]["targetPort"]
    paths = {container[probe]["httpGet"]["path"] for probe in PROBES}
    [predictor] = kserve["spec"]["predictor"]["containers"]
    paths.add(predictor["readinessProbe"]["httpGet"]["path"])
    both = (container, predictor)
    limits_of_both = [one["resources"]["limits"] for one in both]
    secrets = [one["env"][0]["valueFrom"]["secretKeyRef"] for one in both]
    variables = {"SERVICE_" + field.upper() for field in Settings.model_fields}
    needs = worst_case(settings)
    [tmp] = spec["volumes"]
    shared = size(tmp["emptyDir"]["sizeLimit"])  # memory, too
    selectors = [
        service["spec"]["selector"],
        policy["spec"]["podSelector"]["matchLabels"],
        budget["spec"]["selector"]["matchLabels"],
        deployment["spec"]["selector"]["matchLabels"],
    ]

    return {
        f"probes ask what is served: {sorted(paths)}": paths <= routes,
        f"every variable is a setting: {len(env)}": env.keys() <= variables,
        "threads are left to the quota, which is whole": all(
            limit["cpu"].isdecimal() for limit in limits_of_both
        ) and "SERVICE_THREADS" not in env,
        f"memory holds the worst case: {needs / 2**20:.0f} MiB": all(
            size(limit["memory"]) >= needs + shared for limit in limits_of_both
        ),
        "keys come from one secret": secrets[0] == secrets[1]
        and "SERVICE_ANONYMOUS" not in env,
        "the documentation is off": not settings.docs,
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
