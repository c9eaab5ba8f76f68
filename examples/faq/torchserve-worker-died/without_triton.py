"""Call a Python model of Triton without Triton."""
import sys
from types import ModuleType, SimpleNamespace

fake = ModuleType("triton_python_backend_utils")
vars(fake).update(
    Tensor=lambda name, value: SimpleNamespace(name=name, value=value),
    InferenceResponse=lambda tensors: SimpleNamespace(tensors=tensors),
    get_input_tensor_by_name=lambda request, name: request[name],
)
sys.modules[fake.__name__] = fake

from model import TritonPythonModel

model = TritonPythonModel()
model.initialize({"model_name": "tts", "model_config": "{}"})
print(model.execute([{}]))
