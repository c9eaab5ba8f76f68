# --8<-- [start:encrypt]
import io
from pathlib import Path

import torch
from cryptography.fernet import Fernet
from torch import nn

model = nn.Linear(4, 3)
key = Fernet.generate_key()

plain = io.BytesIO()
torch.save(model.state_dict(), plain)
secret = Fernet(key).encrypt(plain.getvalue())
Path("weights.enc").write_bytes(secret)
# --8<-- [end:encrypt]

try:
    # --8<-- [start:fails]
    torch.load("weights.enc")
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:load]
data = Fernet(key).decrypt(Path("weights.enc").read_bytes())
weights = torch.load(io.BytesIO(data))
print("same weights:", torch.equal(weights["weight"], model.weight))
# --8<-- [end:load]

try:
    # --8<-- [start:changed]
    changed = bytearray(Path("weights.enc").read_bytes())
    changed[100] = ord("A") if changed[100] != ord("A") else ord("B")
    Fernet(key).decrypt(bytes(changed))
    # --8<-- [end:changed]
except Exception as error:
    print(error)
