"""Convert a layer; with the argument `without`, as if a library missed."""

import sys

if "without" in sys.argv:
    sys.modules["coremltools.libmilstoragepython"] = None  # type: ignore

import coremltools as ct
import torch

model, example = torch.nn.Linear(64, 64).eval(), (torch.rand(1, 64),)
program = torch.export.export(model, example).run_decompositions({})
try:
    converted = ct.convert(program)
    converted.save("model.mlpackage")
    print("converted and saved")
    converted.predict({"input": example[0].numpy()})
except Exception as error:
    print(f"{type(error).__name__}: {error}")
