"""Kill a node under load, without telling anybody."""

import logging
import os
import signal
import sys
from pathlib import Path

import ray
from ray import serve

from classifier import Classifier
from load import Load, ready, wait_for

cluster, *proxies = sys.argv[1:]


def nodes(load: Load, last: int) -> list[str]:
    """Which nodes gave the last answers."""
    return sorted({answer["node"] for answer in load.answers[-last:]})


ray.init(
    address=cluster, logging_level=logging.ERROR, log_to_driver=False
)
pair = Classifier.options(num_replicas=2, max_replicas_per_node=1)
serve.run(pair.bind("digits.pt2", "2", pause_s=0.1), name="digits")
wait_for(lambda: ready(proxies))
with Load(proxies, clients=4) as load:
    wait_for(lambda: nodes(load, 100) == ["one", "two"])
    print("answering:", nodes(load, 100))
    os.kill(int(Path("two.pid").read_text()), signal.SIGKILL)
    wait_for(lambda: nodes(load, 100) == ["one"])
    print("then:", nodes(load, 100))
print("attempts repeated:", len(load.repeated) > 0)
print("requests lost:", len(load.lost))
