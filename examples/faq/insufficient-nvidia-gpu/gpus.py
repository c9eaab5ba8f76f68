"""Count GPUs as the scheduler does: allocatable minus promised.

    python gpus.py cluster.json 1   (how many GPUs the pod wants)
"""

import json
import sys
from collections import Counter
from pathlib import Path

RESOURCE = "nvidia.com/gpu"


def wants(pod: dict) -> int:
    """Return the GPUs that are promised to a pod, busy or idle."""
    spec = pod["spec"]
    limits = [[int(c.get("resources", {}).get("limits", {}).get(RESOURCE, 0))
               for c in spec.get(kind, [])]
              for kind in ("containers", "initContainers")]
    return max(sum(limits[0]), *limits[1], 0)


def report(items: list[dict], wanted: int) -> None:
    """Print each node's GPUs, and whether the pod would fit."""
    promised, holders = Counter(), {}
    for pod in (item for item in items if item["kind"] == "Pod"):
        node = pod["spec"].get("nodeName")
        over = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
        if node and not over and wants(pod):
            promised[node] += wants(pod)
            holders.setdefault(node, []).append(pod["metadata"]["name"])
    nodes = [item for item in items if item["kind"] == "Node"]
    short = 0
    for node in nodes:
        name = node["metadata"]["name"]
        offers = {key: value
                  for key, value in node["status"]["allocatable"].items()
                  if key.startswith("nvidia.com/")}
        free = int(offers.get(RESOURCE, 0)) - promised[name]
        short += free < wanted
        print(f"{name}: offers {offers or 'no GPU'}, {free} free,",
              f"held by {holders.get(name, [])}")
    print(f"{short}/{len(nodes)} nodes: {short} Insufficient {RESOURCE}")


if __name__ == "__main__":
    cluster = json.loads(Path(sys.argv[1]).read_text())
    report(cluster["items"], int(sys.argv[2]))
