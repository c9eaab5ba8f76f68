# --8<-- [start:resize]
import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from fashion import LABELS, folder, load
from photos import photograph
from train import load_network, logits

torch.set_num_threads(1)
network, _ = load_network()
images, labels = load(folder(), "test")
images, labels = images[:500], labels[:500]
WAYS = {
    "bicubic, antialias": {"mode": "bicubic", "antialias": True},
    "bicubic": {"mode": "bicubic"},
    "nearest": {"mode": "nearest-exact"},
}


def pillow(photo: np.ndarray) -> np.ndarray:
    gray = Image.fromarray(photo).convert("L")
    return np.array(gray.resize((28, 28), Image.Resampling.BICUBIC))


scores: dict[tuple[int, str], float] = {}


def score(noise: int, name: str, small: np.ndarray) -> None:
    right = float(np.mean(logits(network, small).argmax(1) == labels))
    scores[noise, name] = right
    print(f"  {name} {right:.1%}")


for noise in (0, 80):
    photos = [photograph(image, noise, n) for n, image in enumerate(images)]
    gray = torch.from_numpy(np.stack(photos)).float().mean(3)[:, None]
    print(f"noise {noise}")
    score(noise, "Pillow bicubic", np.stack(list(map(pillow, photos))))
    for name, options in WAYS.items():
        small = F.interpolate(gray, size=(28, 28), **options)
        small = small[:, 0].round().clamp(0, 255).to(torch.uint8)
        score(noise, name, small.numpy())
# --8<-- [end:resize]
# --8<-- [start:build]
from pathlib import Path

from build_images import LIMITS, build

train_images, _ = load(folder(), "train")
out = Path("onnx")
report = build(out, calibration=train_images[:200])
print(f"fp32 as eager: {report['off'] <= LIMITS['off']}")
print(f"int8 loses at most 1 %: {report['top_1_loss'] <= 0.01}")
print(f"decisions changed: {report['flips']:.0%}")
small, large = (out / f"{name}.onnx" for name in ("int8", "fp32"))
print(f"bytes left: {small.stat().st_size / large.stat().st_size:.0%}")
# --8<-- [end:build]
# --8<-- [start:sizes]
from pipeline import Prepare, session

program, eager = session(Path("onnx/prepare.onnx")), Prepare()
generator = np.random.default_rng(0)
for height, width in ((112, 112), (28, 28), (301, 500), (30, 2000)):
    photo = generator.integers(0, 256, (height, width, 3), np.uint8)
    [found] = program.run(None, {"photo": photo})
    wanted = eager(torch.from_numpy(photo)).numpy()
    off = np.abs(found.astype(int) - wanted).max()
    print(height, "x", width, "within a shade:", off <= 1)
# --8<-- [end:sizes]
# --8<-- [start:batches]
from pipeline import classify

program = session(Path("onnx/fp32.onnx"))
alone = classify(program, images[:64], batch=1)
for batch in (2, 7, 64):
    together = classify(program, images[:64], batch=batch)
    print(batch, "as alone:", np.allclose(alone, together, atol=1e-5))
# --8<-- [end:batches]
# --8<-- [start:wrong]
import shutil

from build_images import Rejected, gate, golden, quantize
from pipeline import Calibrated

scaled = train_images[:200] // 255  # somebody thought of 0 to 1
wrong = Path("wrong")
wrong.mkdir()
shutil.copy("onnx/fp32.onnx", wrong)
quantize(wrong, scaled)
# --8<-- [end:wrong]
try:
    # --8<-- [start:fail]
    gate(wrong, Calibrated(*load_network()).eval())
    # --8<-- [end:fail]
except Rejected as error:
    print(error)
# --8<-- [start:golden]
import json

from pipeline import Recognizer

data = Path("onnx/golden.png").read_bytes()
answer = np.array(json.loads(Path("onnx/golden.json").read_text()))
found = Recognizer(Path("onnx"))(data)
print(LABELS[found.argmax()], "as", LABELS[answer.argmax()])
print("within 0.05:", np.abs(found - answer).max() <= 0.05)
# --8<-- [end:golden]
# --8<-- [start:other]


class Nearest(Prepare):
    """Another library's default."""

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        gray = (photo.float() @ self.luma)[None, None]
        return F.interpolate(gray, size=(28, 28))[0, 0].to(torch.uint8)


torch.onnx.export(
    Nearest(),
    (torch.zeros(112, 112, 3, dtype=torch.uint8),),
    "onnx/prepare.onnx",
    input_names=["photo"],
    external_data=False,
    verbose=False,
)
try:
    golden(Path("onnx"), answer)
except Rejected as error:
    print(str(error).rpartition(" is ")[0], "is off")
# --8<-- [end:other]
