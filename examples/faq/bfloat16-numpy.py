"""TypeError: Got unsupported ScalarType BFloat16"""
try:
    # --8<-- [start:fails]
    import torch

    embedding = torch.tensor([0.1, 1.0, 300.7], dtype=torch.bfloat16)
    embedding.numpy()
    # --8<-- [end:fails]
except TypeError as error:
    print(error)

# --8<-- [start:others]
import numpy as np

for dtype in (torch.float16, torch.bfloat16, torch.float8_e4m3fn):
    try:
        np.asarray(embedding.to(dtype))
        print(f"{dtype}: fine")
    except TypeError as error:
        print(f"{dtype}: {error}")
# --8<-- [end:others]

# --8<-- [start:fix]
array = embedding.float().numpy()
print(array.dtype, array)
# --8<-- [end:fix]

# --8<-- [start:half]
large = torch.tensor([1e5], dtype=torch.bfloat16)
print("largest float16:", torch.finfo(torch.float16).max)
print("float32:", large.float().numpy())
print("float16:", large.half().numpy())
# --8<-- [end:half]

# --8<-- [start:bits]
bits = embedding.view(torch.uint16).numpy()
again = torch.from_numpy(bits).view(torch.bfloat16)
print(bits.dtype, torch.equal(again, embedding))
# --8<-- [end:bits]
