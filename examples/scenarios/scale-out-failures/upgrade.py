"""Replace version 1 by version 2 under load."""

import logging
import sys

import ray
from ray import serve

from classifier import Classifier
from load import Load, ready, wait_for

cluster, *proxies = sys.argv[1:]
ray.init(
    address=cluster, logging_level=logging.ERROR, log_to_driver=False
)
pair = Classifier.options(num_replicas=2, max_surge_percent=100)
serve.run(pair.bind("digits.pt2", "1", pause_s=0.1), name="digits")
wait_for(lambda: ready(proxies))
with Load(proxies, clients=4) as load:
    wait_for(lambda: len(load.answers) > 50)
    serve.run(pair.bind("digits.pt2", "2", pause_s=0.1), name="digits")
    served = len(load.answers)
    wait_for(lambda: len(load.answers) > served + 50)
versions = [answer["version"] for answer in load.answers]
print("versions seen:", *dict.fromkeys(versions))
print("last answers from:", *set(versions[-20:]))
print("requests lost:", len(load.lost))
