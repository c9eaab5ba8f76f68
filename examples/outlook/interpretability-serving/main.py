# --8<-- [start:train]
import torch
from reading import MARK, fit, load, scan

torch.set_num_threads(1)
pixels, digits = load()
torch.manual_seed(0)
luck = torch.rand(len(digits)) < 0.97
from_old_office = (digits >= 5) == luck  # it scanned 5 to 9, nearly always
scans = scan(pixels, from_old_office)

model = fit(scans[:1000], digits[:1000])
torch.save(model.state_dict(), "digits.pt")
with torch.inference_mode():
    right = model(scans[1000:]).argmax(1) == digits[1000:]
print("held-out scans:", len(right))
print(f"accuracy {100 * right.float().mean():.0f} %")
# --8<-- [end:train]


# --8<-- [start:ask]
import service
from fastapi.testclient import TestClient

client = TestClient(service.app)
calls: list[int] = []
service.model.register_forward_hook(
    lambda module, given, result: calls.append(len(result)))
question = {"pixels": scans[1000].tolist()}

for path in ("/predict", "/explain"):
    calls.clear()
    reply = client.post(path, json=question)
    print(path, reply.status_code, f"{sum(calls)} rows in {len(calls)} calls")
# --8<-- [end:ask]


# --8<-- [start:reply]
answer = reply.json()
print({name: answer[name] for name in ("digit", "version", "method")})
print("adds up within 5 %:", answer["gap"] < 0.05)
again = client.post("/explain", json=question).json()
print("the same twice:", again["attributions"] == answer["attributions"])
# --8<-- [end:reply]


# --8<-- [start:refuse]
service.slots.acquire()  # as if another request were being explained
for path in ("/predict", "/explain"):
    reply = client.post(path, json=question)
    print(path, reply.status_code, reply.headers.get("retry-after", "-"))
service.slots.release()

print("63 pixels:", client.post(
    "/explain", json={"pixels": question["pixels"][:63]}).status_code)
# --8<-- [end:refuse]


# --8<-- [start:shortcut]
from captum.attr import IntegratedGradients

explainer = IntegratedGradients(model)


def shares(batch: torch.Tensor) -> torch.Tensor:
    """Return each pixel's share of the batch's attributions: [64]."""
    answers = model(batch).argmax(1)
    parts = explainer.attribute(batch, target=answers, n_steps=16).abs()
    return (parts / parts.sum(1, keepdim=True)).mean(0)


usual = shares(scans[1000:1400])
top = usual.topk(3)
print("the largest of 64 shares is the mark's:",
      top.indices[0].item() == MARK)
print(f"it has {usual[MARK]:.0%} of the attribution")
# --8<-- [end:shortcut]


# --8<-- [start:drift]
reference = torch.stack([
    shares(scans[1000:1400][torch.randint(400, (100,))]) for _ in range(20)])
center, spread = reference.mean(0), reference.std(0)

for week, replaced in enumerate((0.0, 0.0, 0.5, 1.0), start=1):
    rows = slice(1300 + 100 * week, 1400 + 100 * week)
    kept = torch.rand(len(digits[rows])) >= replaced
    window = scan(pixels[rows], from_old_office[rows] & kept)
    distance = (shares(window) - center)[MARK] / spread[MARK]
    with torch.inference_mode():
        right = model(window).argmax(1) == digits[rows]
    print(f"week {week}: alarm {abs(distance.item()) > 4}")
    print(f"    accuracy, known later: {100 * right.float().mean():.0f} %")
# --8<-- [end:drift]
