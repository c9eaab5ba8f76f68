"""RuntimeError: Tried to instantiate class '__path__._path'"""
try:
    # --8<-- [start:fails]
    import torch

    list(torch.classes.__path__._path)
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:why]
print(type(torch.nn.__path__).__name__)
print(type(torch.classes.__path__).__name__)
print(type(torch.classes.no_such_thing).__name__)
# --8<-- [end:why]

# --8<-- [start:watcher]
import sys
from collections.abc import Callable
from types import ModuleType


def paths_before(module: ModuleType) -> list[str]:
    """What the watcher asks in the tracebacks of the reports."""
    return list(module.__path__._path)


def paths_now(module: ModuleType) -> list[str]:
    """The same with the check that Streamlit has added."""
    path = getattr(module, "__path__", None)
    if type(path).__name__ != "_NamespacePath":
        return []
    return list(path._path)


def warned_about(paths: Callable[[ModuleType], list[str]]) -> list[str]:
    """Names of torch's modules for which the watcher logs a warning."""
    names = []
    for name, module in dict(sys.modules).items():
        if name.partition(".")[0] != "torch":
            continue
        try:
            paths(module)
        except AttributeError:
            pass  # a module without a path, which the watcher expects
        except Exception:
            names.append(name)
    return names


print("before:", warned_about(paths_before))
print("now:", warned_about(paths_now))
# --8<-- [end:watcher]

# --8<-- [start:workaround]
torch.classes.__path__ = []
print("before, with an empty path:", warned_about(paths_before))
# --8<-- [end:workaround]
