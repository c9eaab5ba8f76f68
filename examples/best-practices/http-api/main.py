# --8<-- [start:late]
import time
from pathlib import Path

from fastapi.testclient import TestClient

from server import create_app
from settings import Settings

app = create_app(Settings(deadline_s=0.0001, anonymous=True))
service = app.state.service
with TestClient(app) as client:
    while service.phase == "starting":
        time.sleep(0.05)
    answer = client.post(
        "/v1/classify",
        content=Path("artifact/golden.jpg").read_bytes(),
        headers={"Content-Type": "image/jpeg"},
    )

print(answer.status_code, answer.json()["cause"])
calls = service.metrics.registry.get_sample_value("service_batch_size_count")
print("calls of the model:", calls)
# --8<-- [end:late]
