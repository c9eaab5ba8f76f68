import os

import torch

torch.set_num_threads(2)
torch.ones(1_000_000).add(1)  # large enough for two threads

child = os.fork()
if child == 0:
    left = len(os.listdir("/proc/self/task"))
    print("threads in the child:        ", left)
    print("threads that torch counts on:", torch.get_num_threads(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
