# --8<-- [start:library]
import ctypes
from pathlib import Path

import onnxruntime

folder = Path(onnxruntime.__file__).parent / "capi"
library = ctypes.CDLL(str(next(folder.glob("libonnxruntime.so.*"))))
# --8<-- [end:library]


# --8<-- [start:version]
class ApiBase(ctypes.Structure):
    _fields_ = [
        ("GetApi", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)),
        ("GetVersionString", ctypes.CFUNCTYPE(ctypes.c_char_p)),
    ]


library.OrtGetApiBase.restype = ctypes.POINTER(ApiBase)
base = library.OrtGetApiBase().contents
release = base.GetVersionString().decode()
minor = int(release.split(".")[1])
print("the library is what pip says:", release == onnxruntime.__version__)
for wanted in (18, minor, minor + 1):
    answer = "answered" if base.GetApi(wanted) else "refused"
    print(f"headers of 1.{wanted}:", answer)
# --8<-- [end:version]

try:
    # --8<-- [start:missing]
    ctypes.CDLL("libonnxruntime.so.1.99.0")
    # --8<-- [end:missing]
except OSError as error:
    print(error)

try:
    # --8<-- [start:other]
    shared = folder / "libonnxruntime_providers_shared.so"
    ctypes.CDLL(str(shared)).OrtGetApiBase()
    # --8<-- [end:other]
except AttributeError as error:
    print(error)


# --8<-- [start:loaded]
def loaded(name: str) -> list[str]:
    """Files of that name that this process has in its memory."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    files = {line.split(maxsplit=5)[5] for line in lines if name in line}
    return sorted(files)


copies = loaded("libonnxruntime.so")
print("copies in memory:", len(copies))
print("the one of the package:", Path(copies[0]).parent == folder)
# --8<-- [end:loaded]
