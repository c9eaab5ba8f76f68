"""Convert the model, compare, and print what is in the file."""

import litert_torch
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from scaled import image, model

PLAIN = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


def print_operators(file: str) -> None:
    """Print the operators of a .tflite file, and their inputs' shapes."""
    interpreter = Interpreter(file, experimental_op_resolver_type=PLAIN)
    interpreter.allocate_tensors()
    details = interpreter.get_tensor_details()
    shapes = {d["index"]: d["shape"].tolist() for d in details}
    for step in interpreter._get_ops_details():  # private
        print("   ", step["op_name"], [shapes[i] for i in step["inputs"]])


converted = litert_torch.convert(model, (image,))
converted.export("model.tflite")
expected = model(image).detach().numpy()
apart = abs(converted(image) - expected).max()
print("differs by less than 1e-5:", bool(apart < 1e-5))
print_operators("model.tflite")

print("images with channels last:")
wrapped = litert_torch.to_channel_last_io(model, args=[0], outputs=[0])
pixels = image.permute(0, 2, 3, 1)
litert_torch.convert(wrapped.eval(), (pixels,)).export("last.tflite")
print_operators("last.tflite")
