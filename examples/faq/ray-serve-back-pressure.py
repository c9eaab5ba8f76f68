# --8<-- [start:reproduce]
from ray.serve.exceptions import BackPressureError

full = BackPressureError(num_queued_requests=8, max_queued_requests=8)
print(full)
# --8<-- [end:reproduce]
# --8<-- [start:sizes]
from math import floor


def queue_for(replicas: int, batch: int, batch_s: float, wait_s: float) -> int:
    """Requests that may wait, so that nobody waits longer than `wait_s`."""
    throughput = replicas * batch / batch_s
    return floor(throughput * wait_s)


total = queue_for(replicas=2, batch=8, batch_s=0.2, wait_s=1)
print("may wait in all:", total, "at each of 2 proxies:", total // 2)
# --8<-- [end:sizes]
