"""Check manifests as far as that goes without a cluster.

    python agree.py rayservice.yaml network.yaml
"""

import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from pydantic import ValidationError
from ray.scripts.scripts import start
from ray.serve.schema import DeploymentSchema, ServeDeploySchema

import classifier

# Fields of ray.io/v1 in KubeRay's apis/ray/v1/*_types.go that are used here.
SERVICE = {
    "serveConfigV2", "rayClusterConfig", "serveService", "upgradeStrategy",
    "excludeHeadPodFromServeSvc", "rayClusterDeletionDelaySeconds",
}  # fmt: skip
CLUSTER = {
    "rayVersion", "headGroupSpec", "workerGroupSpecs", "authOptions",
    "enableInTreeAutoscaling", "autoscalerOptions", "networkPolicy",
    "gcsFaultToleranceOptions", "headServiceAnnotations", "tlsOptions",
}  # fmt: skip
GROUP = {"rayStartParams", "template"}
WORKERS = GROUP | {
    "groupName", "replicas", "minReplicas", "maxReplicas", "numOfHosts",
}  # fmt: skip


Result = tuple[bool, str]


def known(data: dict[str, Any], fields: set[str], what: str) -> Result:
    unknown = sorted(data.keys() - fields)
    return not unknown, f"fields of {what}, unknown: {unknown}"


def has_schema(data: dict[str, Any], what: str) -> Result:
    """Kubernetes' own schema, in which nothing is unknown."""
    try:
        kubernetes_validate.validate(data, "1.34", strict=True)
    except kubernetes_validate.ValidationError as error:
        return False, f"{what}: {error.message}"
    return True, what


def pod(group: dict[str, Any], what: str) -> Result:
    """The template is one of Kubernetes, and has its schema."""
    data = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    spec = {"spec": group["template"]["spec"]}
    return has_schema(data | spec, f"pod of {what}")


def application(text: str) -> list[Result]:
    """Ray's own schema, and the program that it names."""
    try:
        config = ServeDeploySchema.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        return [(False, f"Serve: {error.errors()[0]['msg']}")]
    (app,) = config.applications
    module, _, name = app.import_path.partition(":")
    same = module == "classifier" and hasattr(classifier, name)
    if same:
        classifier.create(app.args)  # raises, should an argument be missing
    names = [deployment.name for deployment in app.deployments]
    found = names == [classifier.Classifier.name]
    fields = set(DeploymentSchema.model_fields)
    (written,) = yaml.safe_load(text)["applications"][0]["deployments"]
    return [
        (True, "Serve's configuration"),
        known(written, fields, "the deployment"),  # Serve drops what is not
        (same, f"{app.import_path} exists and takes its arguments"),
        (found, f"deployments that exist: {names}"),
    ]


def ray_service(spec: dict[str, Any]) -> list[Result]:
    """The fields, the pods, the options of `ray start`, the application."""
    cluster = spec["rayClusterConfig"]
    head, workers = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    options = {o[2:] for p in start.params for o in p.opts}
    given = {o for g in [head, *workers] for o in g["rayStartParams"]}
    cpus = head["rayStartParams"].get("num-cpus")
    results = [
        known(spec, SERVICE, "RayService"),
        known(cluster, CLUSTER, "RayCluster"),
        known(head, GROUP, "the head"),
        pod(head, "the head"),
        (given <= options, f"ray start knows {sorted(given)}"),
        (cpus == "0", "no replica on the head"),
        *application(spec["serveConfigV2"]),
    ]
    for group in workers:
        name = group["groupName"]
        template = group["template"]["spec"]
        grace = template.get("terminationGracePeriodSeconds", 30)
        results += [
            known(group, WORKERS, name),
            pod(group, name),
            (grace > 30, f"{name} may drain for 30 s"),
        ]
    return results


def main(paths: list[str]) -> int:
    """0 if all is well in these files, else 1."""
    good = True
    for path in paths:
        data = yaml.safe_load(Path(path).read_text())
        if data["kind"] == "RayService":
            results = ray_service(data["spec"])
        else:
            results = [has_schema(data, data["kind"])]
        for holds, what in results:
            print(f"{path:15}", "ok  " if holds else "FAIL", what)
            good = good and holds
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
