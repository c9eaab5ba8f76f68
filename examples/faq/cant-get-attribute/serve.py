import sys

import torch

for path in sys.argv[1:]:
    try:
        torch.load(path, weights_only=False)
    except (AttributeError, ModuleNotFoundError) as error:
        print(f"{path}: {type(error).__name__}: {error}")
