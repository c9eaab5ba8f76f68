"""LitServe with ZeroMQ between its processes: python litserve_fast.py port"""

import sys

import litserve
from litserve_app import Digits

if __name__ == "__main__":
    api = Digits(max_batch_size=32, batch_timeout=0.002)
    litserve.LitServer(api, accelerator="cpu", fast_queue=True).run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        generate_client_file=False,
        access_log=False,
    )
