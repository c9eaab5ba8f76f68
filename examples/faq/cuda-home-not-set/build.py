"""What the setup.py of a package with CUDA kernels meets."""
import os
from pathlib import Path

import torch
from torch.utils import cpp_extension

cpp_extension.CUDA_HOME = None  # a machine without a toolkit
try:
    cpp_extension.CUDAExtension("kernels", ["kernels.cu"])
except OSError as error:
    print(f"OSError: {error}")

nvcc = Path("cuda-12.0/bin/nvcc")  # a stand-in for an older toolkit
nvcc.parent.mkdir(parents=True)
nvcc.write_text("#!/bin/sh\necho release 12.0, V12.0.140\n")
nvcc.chmod(0o755)
cpp_extension.CUDA_HOME = os.path.abspath("cuda-12.0")
torch.version.cuda = "13.0"  # as if this were a build for CUDA 13
try:
    cpp_extension._check_cuda_version("g++", cpp_extension.TorchVersion("12"))
except RuntimeError as error:
    print(f"RuntimeError: {error}")
