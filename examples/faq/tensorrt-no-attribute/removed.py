import re
import sys
from pathlib import Path

REMOVED = {  # in TensorRT 10
    "num_bindings": "num_io_tensors",
    "get_binding_name": "get_tensor_name(i)",
    "get_binding_index": "the name itself",
    "get_binding_shape": "get_tensor_shape(name)",
    "get_binding_dtype": "get_tensor_dtype(name)",
    "binding_is_input": "get_tensor_mode(name)",
    "set_binding_shape": "set_input_shape(name, shape)",
    "execute_async_v2": "set_tensor_address, execute_async_v3",
    "max_workspace_size": "set_memory_pool_limit",
    "build_engine": "build_serialized_network",
    "build_cuda_engine": "build_serialized_network",
    "max_batch_size": "an optimization profile",
    # in C++
    "getNbBindings": "getNbIOTensors",
    "getBindingName": "getIOTensorName",
    "getBindingIndex": "the name itself",
    "getBindingDimensions": "getTensorShape",
    "getBindingDataType": "getTensorDataType",
    "bindingIsInput": "getTensorIOMode",
    "setBindingDimensions": "setInputShape",
    "enqueueV2": "setTensorAddress, enqueueV3",
    "setMaxWorkspaceSize": "setMemoryPoolLimit",
    "buildEngineWithConfig": "buildSerializedNetwork",
}
REMOVED |= dict.fromkeys(  # in TensorRT 11
    ["BuilderFlag.FP16", "BuilderFlag.INT8", "kFP16", "kINT8"],
    "types in the ONNX file (TensorRT 11)",
)

for file in map(Path, sys.argv[1:]):
    for number, line in enumerate(file.read_text().splitlines(), 1):
        for name, instead in REMOVED.items():
            if re.search(rf"(?<!\w){re.escape(name)}\b", line):
                print(f"{file}:{number} {name} -> {instead}")
