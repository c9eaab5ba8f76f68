import os

import torch

print("cores allowed:       ", len(os.sched_getaffinity(0)))
print("threads torch starts:", torch.get_num_threads())
