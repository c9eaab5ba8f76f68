# --8<-- [start:app]
import threading

from fastapi import FastAPI, HTTPException

app = FastAPI()
loaded = threading.Event()  # set when the model is there
computing, computed = threading.Event(), threading.Event()


def forward() -> str:
    """Stands for a model that computes until `computed` is set."""
    computing.set()
    computed.wait()
    return "done"


@app.get("/readyz")
async def readyz() -> str:
    if not loaded.is_set():
        raise HTTPException(503, "the model is loading")
    return "ready"


@app.get("/livez")
async def livez() -> str:
    return "alive"


@app.get("/blocking")
async def blocking() -> str:
    return forward()


@app.get("/threaded")
def threaded() -> str:
    return forward()
# --8<-- [end:app]


# --8<-- [start:probe]
import socket
import urllib.error
import urllib.request

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
URL = f"http://127.0.0.1:{listener.getsockname()[1]}"


def probe(kind: str, path: str, timeout: float = 60) -> None:
    """Ask like the kubelet, and print the end of its event."""
    try:
        urllib.request.urlopen(URL + path, timeout=timeout).close()
        print(f"{kind} probe: success")
        return
    except urllib.error.HTTPError as error:
        reason = f"HTTP probe failed with statuscode: {error.code}"
    except OSError as error:
        reason = {
            TimeoutError: "context deadline exceeded",
            ConnectionRefusedError: "connect: connection refused",
        }[type(getattr(error, "reason", error))]
    print(f"{kind} probe failed: {reason}")


probe("Startup", "/readyz")
# --8<-- [end:probe]

# --8<-- [start:serve]
import uvicorn

listener.listen()
server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
serving = threading.Thread(target=server.run, args=([listener],))
serving.start()

probe("Readiness", "/readyz")
probe("Liveness", "/livez")
# --8<-- [end:serve]


# --8<-- [start:busy]
def probe_during(path: str, timeout: float) -> None:
    """Probe while a request to path is being computed."""
    computing.clear()
    computed.clear()
    request = threading.Thread(
        target=lambda: urllib.request.urlopen(URL + path).close()
    )
    request.start()
    computing.wait()
    probe("Liveness", "/livez", timeout)
    computed.set()
    request.join()


loaded.set()
probe("Readiness", "/readyz")
probe_during("/blocking", timeout=0.5)
# --8<-- [end:busy]

# --8<-- [start:fix]
probe_during("/threaded", timeout=60)
# --8<-- [end:fix]

# --8<-- [start:budget]
from pathlib import Path

import yaml


def seconds(probe: dict) -> int:
    """How long a container may fail this probe, before it has an effect."""
    delay = probe.get("initialDelaySeconds", 0)
    period = probe.get("periodSeconds", 10)
    return delay + period * probe.get("failureThreshold", 3)


container = yaml.safe_load(Path("probes.yaml").read_text())
print("to start, by default:", seconds({}), "s")
print("to start, here:", seconds(container["startupProbe"]), "s")
print("to hang, here:", seconds(container["livenessProbe"]), "s")
# --8<-- [end:budget]

# --8<-- [start:end]
server.should_exit = True
serving.join()
# --8<-- [end:end]
