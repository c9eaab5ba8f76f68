# --8<-- [start:reproduce]
import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

stripes = np.zeros((64, 64), np.uint8)
stripes[:, ::2] = 255
stripes[:, 3::8] = 255  # every fourth gap is closed
pillow = Image.fromarray(stripes).resize((8, 8), Image.Resampling.BILINEAR)
tensor = torch.from_numpy(stripes)[None, None]
torch_default = F.interpolate(tensor, size=(8, 8), mode="bilinear")
print("Pillow:", np.array(pillow)[4, 4])
print("torch: ", torch_default[0, 0, 4, 4].item())
# --8<-- [end:reproduce]
# --8<-- [start:fix]
same = F.interpolate(tensor, size=(8, 8), mode="bilinear", antialias=True)
off = np.abs(same[0, 0].numpy().astype(int) - np.array(pillow)).max()
print("torch with antialias within a shade of Pillow:", off <= 1)
# --8<-- [end:fix]
