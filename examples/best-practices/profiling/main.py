# --8<-- [start:stages]
import statistics
import time
from pathlib import Path

from fastapi.testclient import TestClient

import slow
from settings import Settings

PHOTOGRAPH = Path("artifact/golden.jpg").read_bytes()
STAGES = ("prepare", "queue", "model")

app = slow.create_app(Settings(anonymous=True, threads=1, deadline_s=60))
registry = app.state.service.metrics.registry


def spent() -> dict[str, float]:
    """Seconds so far, by stage, out of the service's own metrics."""
    return {
        stage: registry.get_sample_value(f"service_{stage}_seconds_sum")
        for stage in STAGES
    }


def stages(client: TestClient, fault: str) -> dict[str, float]:
    """Seconds of one request with this fault: in each stage, and the rest."""
    slow.planted = fault
    kind = {"Content-Type": "image/jpeg"}
    before, start = spent(), time.perf_counter()
    answer = client.post("/v1/classify", content=PHOTOGRAPH, headers=kind)
    whole, after = time.perf_counter() - start, spent()
    answer.raise_for_status()
    parts = {stage: after[stage] - before[stage] for stage in STAGES}
    return parts | {"rest": whole - sum(parts.values())}
# --8<-- [end:stages]


# --8<-- [start:find]
faults = ("", "decode", "model", "lookup")
with TestClient(app) as client:
    while app.state.service.phase == "starting":
        time.sleep(0.05)
    rounds = [{f: stages(client, f) for f in faults} for _ in range(3)]

for fault in faults[1:]:
    growth = {
        stage: statistics.median(r[fault][stage] - r[""][stage] for r in rounds)
        for stage in (*STAGES, "rest")
    }
    print(f"{fault:6} -> {max(growth, key=growth.__getitem__)}")
# --8<-- [end:find]

# --8<-- [start:profiler]
import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile, record_function

slow.planted = "model"
predict = slow.open_checked(Path("artifact"), "torch.export")
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
