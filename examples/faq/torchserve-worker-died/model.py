import ctypes

import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        self.name = args["model_name"]

    def execute(self, requests: list[object]) -> list[object]:
        ctypes.string_at(0)  # stands for a crash in a native library
        tensor = pb_utils.Tensor("OUTPUT", [1.0])
        return [pb_utils.InferenceResponse([tensor]) for _ in requests]
