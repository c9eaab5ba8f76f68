"""Make NumPy look as if it were not installed."""

import sys
from importlib.abc import MetaPathFinder


class Hide(MetaPathFinder):
    def find_spec(self, name: str, path=None, target=None) -> None:
        if name == "numpy":
            raise ModuleNotFoundError(f"No module named {name!r}")


sys.meta_path.insert(0, Hide())
