import os
from pathlib import Path

import torch

torch.save({"weight": torch.ones(2)}, "weights.pt")
url = Path("weights.pt").absolute().as_uri()  # a download, without a network

os.environ["HOME"] = "/"  # a user without an entry in /etc/passwd
if os.geteuid() == 0:
    os.seteuid(1001)  # as runAsUser: 1001
try:
    weights = torch.hub.load_state_dict_from_url(url, progress=False)
    print("loaded", list(weights))
except PermissionError as error:
    print(f"PermissionError: {error}")
