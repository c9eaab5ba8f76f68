# --8<-- [start:late]
import time

from fastapi.testclient import TestClient

from recommendation_server import Budget, create_app

app = create_app(Budget(deadline_s=0.0001, anonymous=True))
with TestClient(app) as client:
    while app.state.service.phase == "starting":
        time.sleep(0.1)
    answer = client.post("/v1/recommend", json={"user": 17, "top": 1})

print(answer.status_code, answer.json()["because"])
# --8<-- [end:late]
