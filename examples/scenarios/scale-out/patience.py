"""As many, who come back when they are refused."""

import sys
from concurrent.futures import ThreadPoolExecutor

from client import Client
from load import PIXELS

clients = [Client(sys.argv[1:], seed=n) for n in range(64)]
with ThreadPoolExecutor(64) as pool:
    answers = list(pool.map(lambda c: c.classify(PIXELS), clients))
print("answered:", len(answers), "of", len(clients))
print("came back:", any(client.failed for client in clients))
print("nodes:", sorted({answer["node"] for answer in answers}))
