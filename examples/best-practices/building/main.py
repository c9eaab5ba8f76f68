# --8<-- [start:open]
from pathlib import Path

import numpy as np

from artifact import Refused, verify
from imaging import PREPROCESSING, prepare
from model import open_model, self_test, warm_up

folder = Path("artifact")
manifest = verify(folder, PREPROCESSING)
predict = open_model(folder, manifest.export.format)
allowed = manifest.tolerances.max_abs
print("golden answer holds:", self_test(predict, folder, allowed) <= allowed)

labels = (folder / manifest.labels).read_text().splitlines()
photograph = prepare((folder / "golden.jpg").read_bytes(), 25_000_000)
[answer] = predict(photograph[None])
for index in np.argsort(answer)[:-4:-1]:
    print(f"{answer[index]:.2f} {labels[index]}")
# --8<-- [end:open]

# --8<-- [start:drift]
def slightly_wrong(images: np.ndarray) -> np.ndarray:
    """The model behind a resize that is one pixel off."""
    return predict(np.roll(images, 1, axis=1))


try:
    self_test(slightly_wrong, folder, allowed)
except Refused as refused:
    print(str(refused).partition(" by ")[0])
for name, served in {"as built": predict, "off": slightly_wrong}.items():
    print(name, labels[served(photograph[None])[0].argmax()])
# --8<-- [end:drift]

# --8<-- [start:warm]
calls: list[int] = []


def recorded(images: np.ndarray) -> np.ndarray:
    calls.append(len(images))
    return predict(images)


warm_up(recorded, max_batch=4)
print("batch sizes run before the first request:", calls)
# --8<-- [end:warm]

# --8<-- [start:signed]
import shutil

from artifact import verify_signature

shutil.copy("artifact.sig", "forged.sig")  # as a forger would
for name in ("artifact", "forged"):
    try:
        verify_signature(Path(name), Path("release.pub"))
        print(name, "may be served")
    except Refused as refused:
        print(refused)
# --8<-- [end:signed]
