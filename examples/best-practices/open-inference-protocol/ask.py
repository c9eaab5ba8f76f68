"""Ask the service as a client of Triton would."""

from pathlib import Path

import httpx
import numpy as np
import tritonclient.http as triton

from imaging import prepare

NAME = "efficientnet-lite0"
photograph = Path("artifact/golden.jpg").read_bytes()
labels = Path("artifact/labels.txt").read_text().splitlines()
image = prepare(photograph, 25_000_000)
images = np.stack([image, image[:, ::-1]])  # and mirrored

client = triton.InferenceServerClient("127.0.0.1:8243")
print("live, ready:", client.is_server_live(), client.is_model_ready(NAME))
described = client.get_model_metadata(NAME)
for tensor in described["inputs"] + described["outputs"]:
    print(tensor["name"], tensor["datatype"], tensor["shape"])

answers = {}
for binary in (True, False):
    tensor = triton.InferInput("images", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images, binary_data=binary)
    result = client.infer(NAME, [tensor], request_id="order-17")
    answers[binary] = result.as_numpy("probabilities")
print("shape:", answers[True].shape)
print("request:", result.get_response()["id"])
print("JSON equals binary:", np.array_equal(answers[True], answers[False]))
print("mirrored, still a", labels[answers[True][1].argmax()])

answer = httpx.post(
    "http://127.0.0.1:8243/v1/classify",
    content=photograph,
    headers={"Content-Type": "image/jpeg"},
    timeout=30,
).json()["labels"][0]
best = float(answers[True][0].max())
same = abs(best - answer["probability"]) < 1e-4
print("same as /v1/classify:", same, answer["label"])
wrong = {
    "no such model": ("other", images),
    "floats": (NAME, images.astype(np.float32)),
    "channels first": (NAME, images.transpose(0, 3, 1, 2)),
    "too many": (NAME, np.concatenate([images] * 3)),
}
for what, (name, data) in wrong.items():
    kind = {"uint8": "UINT8", "float32": "FP32"}[str(data.dtype)]
    tensor = triton.InferInput("images", list(data.shape), kind)
    tensor.set_data_from_numpy(np.ascontiguousarray(data))
    try:
        client.infer(name, [tensor])
    except triton.InferenceServerException as error:
        print(f"{what}: {error.status()}: {error.message()}")
