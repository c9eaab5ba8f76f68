"""YAML that is a Kubernetes manifest: checked, strictly, against the schemas of one version."""

from __future__ import annotations

import yaml

from fenceproof.compare import Mismatch
from fenceproof.page import Block
from fenceproof.schemas import import_jsonschema

VERSION = "1.34"
# custom resources: their schemas live in their projects
OTHERS = ("serving.kserve.io/", "keda.sh/", "monitoring.coreos.com/", "ray.io/")


def check(text: str, block: Block) -> None:
    """Validate each document that says what it is (`apiVersion`, `kind`).

    Args:
        text: YAML, of one or several documents.
        block: the fence.

    Raises:
        Mismatch: a document is not valid, with file and line.
    """
    for node in yaml.compose_all(text):
        data = yaml.safe_load(yaml.serialize(node)) if node else None
        if (
            not isinstance(data, dict)
            or not {"apiVersion", "kind"} <= data.keys()
            or data["apiVersion"].startswith(OTHERS)
        ):
            continue
        import_jsonschema()
        import kubernetes_validate

        try:
            kubernetes_validate.validate(data, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            place = _where(node, list(error.absolute_path), block)
            raise Mismatch(f"{place}: Kubernetes {VERSION} refuses this: {error.message}") from None
        except kubernetes_validate.SchemaNotFoundError:
            said = f"Kubernetes {VERSION} has no {data['kind']} of {data['apiVersion']}"
            raise Mismatch(f"{_where(node, [], block)}: {said}") from None


def _where(node: yaml.Node, keys: list[str | int], block: Block) -> str:
    """File and line of the value that these keys lead to."""
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            node = next(value for name, value in node.value if name.value == str(key))
        else:
            node = node.value[int(key)]
    return block.at(node.start_mark.line + 1)
