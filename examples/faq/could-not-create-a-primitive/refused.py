"""Use torch where memory that was written may not be executed.

systemd's MemoryDenyWriteExecute=yes has this effect on a service.
"""

import ctypes

import torch
from torch import nn

PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1  # Linux 6.3
if ctypes.CDLL(None).prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
    raise SystemExit("this kernel cannot refuse it")

network = nn.Conv2d(3, 32, 3).eval()
for batch in (1, 2):
    try:
        with torch.inference_mode():
            answer = network(torch.ones(batch, 3, 64, 64))
        print("batch", batch, tuple(answer.shape))
    except RuntimeError as error:
        print("batch", batch, repr(error))

with torch.inference_mode(), torch.backends.mkldnn.flags(enabled=False):
    answer = network(torch.ones(2, 3, 64, 64))
print("without oneDNN", tuple(answer.shape))
