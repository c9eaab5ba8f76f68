"""Ends with 0 if the service in this container is ready."""

import os
import sys
import urllib.error
import urllib.request

url = f"http://127.0.0.1:{os.environ['UVICORN_PORT']}/readyz"
try:
    with urllib.request.urlopen(url, timeout=2) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.read().decode()}")
except OSError as error:
    sys.exit(str(error))
