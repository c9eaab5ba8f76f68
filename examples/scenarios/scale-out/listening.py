"""Where the processes of this cluster listen: those with its token."""

import os

import psutil

token = os.environ["RAY_AUTH_TOKEN"]
addresses, replicas = set(), 0
for process in psutil.process_iter(["name", "environ"]):
    environ = process.info["environ"] or {}
    if environ.get("RAY_AUTH_TOKEN") != token:
        continue
    try:
        sockets = process.net_connections(kind="tcp")
    except psutil.Error:
        continue  # it has just ended
    listening = {s.laddr.ip for s in sockets if s.status == "LISTEN"}
    addresses |= listening
    replicas += process.info["name"].startswith("ray::ServeReplica")
print("replicas among them:", replicas)
print("addresses:", *sorted(addresses))
