"""Check a RayService as far as that goes without a cluster."""

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


def report(good: bool, what: str) -> bool:
    print("ok  " if good else "FAIL", what)
    return good


def known(data: dict[str, Any], fields: set[str], what: str) -> bool:
    unknown = sorted(data.keys() - fields)
    return report(not unknown, f"fields of {what}, unknown: {unknown}")


def pod(group: dict[str, Any], what: str) -> bool:
    """The template is one of Kubernetes, and has its schema."""
    data = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    try:
        kubernetes_validate.validate(
            data | {"spec": group["template"]["spec"]}, "1.34", strict=True
        )
    except kubernetes_validate.ValidationError as error:
        return report(False, f"pod of {what}: {error.message}")
    return report(True, f"pod of {what}")


def application(text: str) -> list[bool]:
    """Ray's own schema, and the program that it names."""
    try:
        config = ServeDeploySchema.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        return [report(False, f"Serve: {error.errors()[0]['msg']}")]
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
        report(True, "Serve's configuration"),
        known(written, fields, "the deployment"),  # Serve drops what is not
        report(same, f"{app.import_path} exists and takes its arguments"),
        report(found, f"deployments that exist: {names}"),
    ]


def main(path: str) -> int:
    """0 if all is well, else 1."""
    spec = yaml.safe_load(Path(path).read_text())["spec"]
    cluster = spec["rayClusterConfig"]
    head, workers = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    options = {o[2:] for p in start.params for o in p.opts}
    given = {o for g in [head, *workers] for o in g["rayStartParams"]}
    results = [
        known(spec, SERVICE, "RayService"),
        known(cluster, CLUSTER, "RayCluster"),
        known(head, GROUP, "the head"),
        pod(head, "the head"),
        report(given <= options, f"ray start knows {sorted(given)}"),
        report(
            head["rayStartParams"].get("num-cpus") == "0",
            "no replica on the head",
        ),
        *application(spec["serveConfigV2"]),
    ]
    for group in workers:
        name = group["groupName"]
        template = group["template"]["spec"]
        grace = template.get("terminationGracePeriodSeconds", 30)
        results += [
            known(group, WORKERS, name),
            pod(group, name),
            report(grace > 30, f"{name} may drain for 30 s"),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
