"""The engine plan file is not compatible with this version of TensorRT"""
# --8<-- [start:name]
import hashlib
from pathlib import Path


def engine_name(
    onnx: Path, tensorrt: str, gpu: str, capability: tuple[int, int]
) -> str:
    """A file name that holds all that an engine depends on."""
    digest = hashlib.sha256(onnx.read_bytes()).hexdigest()[:12]
    major, minor = capability
    card = f"{gpu.replace(' ', '-')}-sm{major}{minor}"
    return f"{onnx.stem}-{digest}-trt{tensorrt}-{card}.plan"


Path("classifier.onnx").write_bytes(b"the ONNX file")
print(engine_name(Path("classifier.onnx"), "10.13.3", "L4", (8, 9)))
# --8<-- [end:name]

# --8<-- [start:open]
from collections.abc import Callable


def open_engine(
    onnx: Path,
    build: Callable[[Path], bytes],
    tensorrt: str,
    gpu: str,
    capability: tuple[int, int],
) -> Path:
    """The engine for this machine, built here if there is none."""
    path = Path("engines") / engine_name(onnx, tensorrt, gpu, capability)
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(build(onnx))
        partial.replace(path)  # nobody reads half of an engine
    return path


def build(onnx: Path) -> bytes:
    """Stands for trtexec, which takes minutes and an NVIDIA GPU."""
    print("building an engine")
    return b"an engine"


onnx = Path("classifier.onnx")
for tensorrt, gpu, capability in [
    ("10.13.3", "L4", (8, 9)),  # the first start
    ("10.13.3", "L4", (8, 9)),  # a second pod on such a node
    ("10.14.1", "L4", (8, 9)),  # a new image
    ("10.14.1", "A10", (8, 6)),  # a node with another card
]:
    path = open_engine(onnx, build, tensorrt, gpu, capability)
    print(path.name.split("-", 2)[2])
# --8<-- [end:open]
