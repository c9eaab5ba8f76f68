"""Read /metrics as Prometheus does, and answer a few questions."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

text = httpx.get("http://127.0.0.1:8303/metrics").text
samples = [
    sample
    for family in text_string_to_metric_families(text)
    for sample in family.samples
]


def value(name: str, **labels: str) -> float:
    """Sum of the samples of this name that carry these labels."""
    return sum(
        s.value
        for s in samples
        if s.name == name and labels.items() <= s.labels.items()
    )


for status in ("200", "415", "422"):
    count = value(
        "service_requests_total", route="/v1/classify", status=status
    )
    print(status, int(count))
print("no picture:", int(value("service_errors_total", cause="invalid")))
print("calls of the model:", int(value("service_model_seconds_count")))
print("images in them:", int(value("service_batch_size_sum")))
answered = {"route": "/v1/classify", "status_class": "2xx"}
whole = value("service_request_seconds_sum", **answered)
print("answers of 1.0.0:", int(value(
    "service_request_seconds_count", **answered, version="1.0.0"
)))  # fmt: skip
parts = [
    value(f"service_{stage}_seconds_sum") for stage in ("queue", "model")
]
print("stages fit into the whole:", 0 < sum(parts) <= whole)
print("sure of it:", value("service_confidence_bucket", le="0.3") == 0)
