import base64
import io
import os

import torch

file = io.BytesIO()
torch.save({"weight": torch.ones(2)}, file)
# a download, without a network
url = "data:;base64," + base64.b64encode(file.getvalue()).decode()

os.environ["HOME"] = "/"  # a user without an entry in /etc/passwd
if os.geteuid() == 0:
    os.seteuid(1001)  # as runAsUser: 1001
try:
    weights = torch.hub.load_state_dict_from_url(
        url, progress=False, file_name="weights.pt"
    )
    print("loaded", list(weights))
except PermissionError as error:
    print(f"PermissionError: {error}")
