"""Two Ray nodes on one machine, which listen on 127.0.0.1 and nowhere else."""

import argparse
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import psutil
from ray.cluster_utils import Cluster


def members() -> list[psutil.Process]:
    """The processes of this cluster: those with its token."""
    token = os.environ["RAY_AUTH_TOKEN"]
    return [
        process
        for process in psutil.process_iter(["name", "environ"])
        if (process.info["environ"] or {}).get("RAY_AUTH_TOKEN") == token
    ]


def workers() -> list[psutil.Process]:
    """Those of them that run our code."""
    return [p for p in members() if p.info["name"].startswith("ray::")]


def main() -> None:
    """Start both nodes, say so, and end them on SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    size = {
        "node_ip_address": "127.0.0.1",
        "num_cpus": 2,
        "object_store_memory": 80 * 2**20,
        "include_log_monitor": False,
    }
    agents = [  # known from the start, nobody has to wait for them
        {
            "metrics_agent_port": first,
            "metrics_export_port": first + 1,
            "dashboard_agent_listen_port": first + 2,
            "runtime_env_agent_port": first + 3,
        }
        for first in (port + 10, port + 20)
    ]
    # In /tmp, since the path of a socket has at most 107 characters
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        os.environ["RAY_TMPDIR"] = folder
        cluster = Cluster()
        try:
            cluster.add_node(
                gcs_server_port=port,
                labels={"name": "one"},
                include_dashboard=False,
                no_monitor=True,
                **agents[0],
                **size,
            )
            two = cluster.add_node(
                labels={"name": "two"}, **agents[1], **size
            )
            raylet = two.all_processes["raylet"][0].process
            Path("two.pid").write_text(f"{raylet.pid}\n")
            stop = threading.Event()  # after add_node, which has its own idea
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            print("both nodes are up", flush=True)
            stop.wait()
        finally:
            cluster.shutdown()
            end = time.monotonic() + 30  # workers see that their node is gone
            while workers() and time.monotonic() < end:
                time.sleep(0.1)


if __name__ == "__main__":
    main()
