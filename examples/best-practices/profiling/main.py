# --8<-- [start:stages]
import os
import time
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from slow import create_app

PHOTOGRAPH = Path("artefact/golden.jpg").read_bytes()
STAGES = ("prepare", "queue", "model")


def ask(client: TestClient) -> None:
    kind = {"Content-Type": "image/jpeg"}
    answer = client.post("/v1/classify", content=PHOTOGRAPH, headers=kind)
    answer.raise_for_status()


def spent(app: FastAPI) -> dict[str, float]:
    """Seconds so far, by stage, out of the service's own metrics."""
    registry = app.state.service.metrics.registry
    return {
        stage: registry.get_sample_value(f"service_{stage}_seconds_sum") or 0.0
        for stage in STAGES
    }


def stages(fault: str, count: int = 8) -> dict[str, float]:
    """Seconds a request, one at a time: in each stage, and in the rest."""
    os.environ["PLANTED"] = fault
    app = create_app()
    with TestClient(app) as client:
        while client.get("/readyz").status_code != 200:
            time.sleep(0.1)
        ask(client)
        before, start = spent(app), time.perf_counter()
        for _ in range(count):
            ask(client)
        whole = (time.perf_counter() - start) / count
        after = spent(app)
    parts = {s: (after[s] - before[s]) / count for s in STAGES}
    return parts | {"rest": whole - sum(parts.values())}
# --8<-- [end:stages]


# --8<-- [start:find]
healthy = stages("")
for fault in ("decode", "model", "lookup"):
    sick = stages(fault)
    growth = {stage: sick[stage] - healthy[stage] for stage in healthy}
    guilty = max(growth, key=growth.__getitem__)
    share = growth[guilty] / sum(growth.values())
    print(f"{fault:6} -> {guilty:7} most of the growth: {share > 0.5}")
# --8<-- [end:find]

# --8<-- [start:profiler]
import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile, record_function

from slow import open_checked

predict = open_checked(Path("artefact"), "torch.export")
images = np.zeros((1, 224, 224, 3), np.uint8)
predict(images)
with profile(activities=[ProfilerActivity.CPU]) as profiler:
    with record_function("one batch"):
        predict(images)
table = profiler.key_averages()
operators = [entry for entry in table if entry.key.startswith("aten::")]
operators.sort(key=lambda entry: -entry.self_cpu_time_total)
for entry in operators[:1]:
    print(entry.key, entry.count, "calls")
counts = {entry.key: entry.count for entry in table}
print("convolutions:", counts["aten::conv2d"])
# --8<-- [end:profiler]

# --8<-- [start:trace]
profiler.export_chrome_trace("trace.json")
# --8<-- [end:trace]
