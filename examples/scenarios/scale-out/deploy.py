"""Put the classifier on the cluster, a replica on each node."""

import argparse
import logging

import ray
from ray import serve

from classifier import Classifier
from load import ready, wait_for


def healthy() -> bool:
    """Whether the controller calls every proxy healthy."""
    proxies = serve.status().proxies.values()
    return all(proxy.value == "HEALTHY" for proxy in proxies)


def main() -> None:
    """Deploy, wait until it is healthy, and leave it running."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("proxies", nargs="+")
    arguments = parser.parse_args()
    ray.init(
        address=arguments.cluster,
        logging_level=logging.ERROR,
        log_to_driver=False,
        runtime_env={"worker_process_setup_hook": "loopback.only"},
    )
    names = sorted(n["Labels"]["name"] for n in ray.nodes() if n["Alive"])
    print("nodes:", names)
    serve.start(
        proxy_location="EveryNode",
        http_options={"host": "127.0.0.1", "port": arguments.port},
    )
    pair = Classifier.options(num_replicas=2, max_replicas_per_node=1)
    serve.run(pair.bind("digits.pt2", "1", pause_s=0.5), name="digits")
    wait_for(lambda: ready(arguments.proxies))
    wait_for(healthy)  # the controller hears of it a moment later
    status = serve.status()
    print("application:", status.applications["digits"].status.value)
    print("proxies:", *(proxy.value for proxy in status.proxies.values()))


if __name__ == "__main__":
    main()
