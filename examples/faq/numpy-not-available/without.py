import sys
from importlib.abc import MetaPathFinder


class Hide(MetaPathFinder):
    """Make NumPy look as if it were not installed."""

    def find_spec(self, name: str, path=None, target=None) -> None:
        if name == "numpy":
            raise ModuleNotFoundError(f"No module named {name!r}")


sys.meta_path.insert(0, Hide())

import torch

print(torch.ones(2).tolist())
torch.ones(2).numpy()
