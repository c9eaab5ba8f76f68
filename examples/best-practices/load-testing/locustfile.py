"""locust --headless --users 4 --run-time 4s --host http://127.0.0.1:8271"""

from pathlib import Path

from locust import FastHttpUser, constant_throughput, task

PHOTOGRAPH = Path("artifact/golden.jpg").read_bytes()


class Visitor(FastHttpUser):
    wait_time = constant_throughput(2)  # requests a second of each user

    @task
    def classify(self) -> None:
        self.client.post(
            "/v1/classify",
            data=PHOTOGRAPH,
            headers={"Content-Type": "image/jpeg"},
        )
