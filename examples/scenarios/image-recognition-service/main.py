# --8<-- [start:before]
from imaging import prepare
from pictures import cut_out, sixteen_bits

seen = prepare(sixteen_bits(), 10**7)
print(f"16 bits: {(seen == 255).mean():.0%} of it is white")
one, other = (prepare(cut_out(erased), 10**7) for erased in (True, False))
print(f"cut out: {(one != other).mean():.0%} of it differs")
# --8<-- [end:before]
# --8<-- [start:after]
from photo import decode

seen = decode(sixteen_bits(), 10**7)
print(f"16 bits: {(seen == 255).mean():.0%} of it is white")
one, other = (decode(cut_out(erased), 10**7) for erased in (True, False))
print(f"cut out: {(one != other).mean():.0%} of it differs")
# --8<-- [end:after]
# --8<-- [start:build]
from pathlib import Path

from build_photos import build_photos

folder = Path("artifact")
made = build_photos(folder)
print(f"{made.name} {made.version}, {len(made.files)} files")
# --8<-- [end:build]
# --8<-- [start:draft]
import io

import numpy as np
from PIL import Image

from model import open_model
from pictures import GOOD
from preparation import open_prepare

prepare_program = open_prepare(folder)
predict = open_model(folder, made.export.format)
for name in ("as it is", "12 megapixels"):
    data = GOOD[name]
    photo = decode(data, 10**8)
    whole = np.array(Image.open(io.BytesIO(data)))
    fast, slow = predict(
        np.stack([prepare_program(photo), prepare_program(whole)])
    )
    print(f"{name}: decoded to {photo.shape[1]} x {photo.shape[0]}")
    print("  same label:", fast.argmax() == slow.argmax(), end=", ")
    print("within 0.05:", np.abs(fast - slow).max() < 0.05)
# --8<-- [end:draft]
