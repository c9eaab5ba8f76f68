# --8<-- [start:cuda]
import onnxruntime

session = onnxruntime.InferenceSession(
    "model.onnx",
    providers=[
        (
            "CUDAExecutionProvider",
            {
                "gpu_mem_limit": 2 * 1024**3,
                "arena_extend_strategy": "kSameAsRequested",
            },
        )
    ],
)
run_options = onnxruntime.RunOptions()
run_options.add_run_config_entry(
    "memory.enable_memory_arena_shrinkage", "gpu:0"
)
# --8<-- [end:cuda]

# --8<-- [start:torch]
import gc

import torch
from torch import nn

model = nn.Linear(8192, 8192).cuda()
outputs = model(torch.rand(64, 8192, device="cuda"))
del model, outputs  # each name that leads to a tensor on the GPU
gc.collect()
torch.cuda.empty_cache()
print("still in use:", torch.cuda.memory_allocated())
# --8<-- [end:torch]
