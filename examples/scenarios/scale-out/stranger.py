"""Somebody who found the port and has no token."""

import ray

try:
    ray.init(address="127.0.0.1:20100")
except ConnectionError as error:
    print(error)
