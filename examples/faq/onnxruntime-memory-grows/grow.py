import gc
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def small_cnn() -> bytes:
    """Two convolutions and an average, for images of any size."""
    random = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(random.random(shape, np.float32), name)
        for name, shape in (("a", (16, 3, 3, 3)), ("b", (16, 16, 3, 3)))
    ]
    nodes = [
        helper.make_node("Conv", ["image", "a"], ["maps"]),
        helper.make_node("Conv", ["maps", "b"], ["more"]),
        helper.make_node("GlobalAveragePool", ["more"], ["means"]),
    ]
    image, means = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("image", [1, 3, None, None]), ("means", None))
    )
    graph = helper.make_graph(nodes, "cnn", [image], [means], weights)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(
        graph, opset_imports=opset, ir_version=9
    ).SerializeToString()


def megabytes() -> float:
    """What this process holds in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    resident = next(line for line in lines if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024


def run(height: int, width: int) -> None:
    image = np.zeros((1, 3, height, width), np.float32)
    session.run(None, {"image": image}, run_options)


def report(what: str) -> None:
    print(f"{what:17} more than 50 MB:", megabytes() - before > 50)


options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.enable_cpu_mem_arena = "no-arena" not in sys.argv
options.enable_mem_pattern = "no-pattern" not in sys.argv
run_options = onnxruntime.RunOptions()
if "shrink" in sys.argv:
    run_options.add_run_config_entry(
        "memory.enable_memory_arena_shrinkage", "cpu:0"
    )
session = onnxruntime.InferenceSession(small_cnn(), options)

run(64, 64)
before = megabytes()
run(1280, 1280)
run(64, 64)
report("a large image:")
for i in range(60):
    run(256 + 8 * i, 400 + 4 * (i % 15))
report("60 other sizes:")
session = None
gc.collect()
report("session deleted:")
