import os

import onnxruntime


def session_options() -> onnxruntime.SessionOptions:
    """As many threads as this process has CPUs, pinned to none."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    return options


os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # as a container
print("threads:", session_options().intra_op_num_threads)
