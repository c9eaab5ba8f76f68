"""Compare the logits that C++ wrote with those of eager PyTorch."""

import numpy
import torch

expected = numpy.fromfile("expected.bin", "float32").reshape(-1, 10)
got = numpy.fromfile("logits.bin", "float32").reshape(-1, 10)
print("differs by less than 1e-4:", bool(abs(got - expected).max() < 1e-4))
print("same decisions:", bool((got.argmax(1) == expected.argmax(1)).all()))

images = numpy.fromfile("images.bin", "float32").reshape(-1, 8, 8)
package = torch._inductor.aoti_load_package("digits.pt2")
again = package(torch.from_numpy(images)).numpy()
print("as the package in Python:", bool(abs(got - again).max() < 1e-5))
