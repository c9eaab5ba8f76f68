import sys

import torch

torch.load(sys.argv[1], weights_only=False)
