"""Load a package, and count the compilers that this starts."""

import subprocess
import sys

import torch

started = 0


class Counted(subprocess.Popen):
    """A process; counts those that compile."""

    def __init__(self, args, *rest, **options) -> None:
        global started
        super().__init__(args, *rest, **options)
        started += "g++" in str(args)


subprocess.Popen = Counted
if "direct" in sys.argv:
    loader = torch._C._aoti.AOTIModelPackageLoader(
        "model.pt2", "model", False, 1, -1
    )
    [outputs] = loader.run([torch.ones(1, 4)])
else:
    outputs = torch._inductor.aoti_load_package("model.pt2")(
        torch.ones(1, 4)
    )
print(tuple(outputs.shape), "compilers started:", started > 0)
