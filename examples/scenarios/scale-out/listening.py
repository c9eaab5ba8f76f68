"""Where the processes of this cluster listen."""

import psutil

from nodes import members

addresses, replicas = set(), 0
for process in members():
    try:
        sockets = process.net_connections(kind="tcp")
    except psutil.Error:
        continue  # it has just ended
    addresses |= {s.laddr.ip for s in sockets if s.status == "LISTEN"}
    replicas += process.info["name"].startswith("ray::ServeReplica")
print("replicas among them:", replicas)
print("addresses:", *sorted(addresses))
