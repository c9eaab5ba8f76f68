"""Compare the logits that C++ wrote with those of Python."""

import numpy

eager, package, got = (
    numpy.fromfile(f"{name}.bin", "float32").reshape(-1, 10)
    for name in ("expected", "package", "logits")
)
print("differs by less than 1e-4:", bool(abs(got - eager).max() < 1e-4))
print("same decisions:", bool((got.argmax(1) == eager.argmax(1)).all()))
print("as the package in Python:", bool(abs(got - package).max() < 1e-5))
