"""One replica, more under load, and one again."""

import logging
import sys

import ray
from ray import serve
from ray.serve.config import AutoscalingConfig

from classifier import Classifier
from load import Load, ready, wait_for

cluster, port = sys.argv[1:]
proxy = f"http://127.0.0.1:{port}"


def running() -> int:
    """Replicas that answer, as the controller sees it."""
    application = serve.status().applications["digits"]
    states = application.deployments["Classifier"].replica_states
    return states.get("RUNNING", 0)


ray.init(
    address=cluster,
    logging_level=logging.ERROR,
    log_to_driver=False,
    runtime_env={"worker_process_setup_hook": "loopback.only"},
)
serve.start(
    proxy_location="EveryNode",
    http_options={"host": "127.0.0.1", "port": int(port)},
)
elastic = Classifier.options(
    autoscaling_config=AutoscalingConfig(
        min_replicas=1,
        max_replicas=3,
        target_ongoing_requests=2,
        upscale_delay_s=1,
        downscale_delay_s=2,
        look_back_period_s=12,
    )
)
serve.run(elastic.bind("digits.pt2", "1", pause_s=0.1), name="digits")
wait_for(lambda: ready([proxy]))
print("before:", running())
with Load([proxy], clients=16) as load:
    wait_for(lambda: running() == 3)
    print("under load:", running())
print("requests lost:", len(load.lost))
wait_for(lambda: running() == 1)
print("afterwards:", running())
