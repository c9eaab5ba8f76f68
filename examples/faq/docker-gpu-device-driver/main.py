# --8<-- [start:cases]
from gpu import Facts, explain

CASES = {
    "a laptop, a CI runner": Facts(False, False, False, True),
    "docker run without --gpus": Facts(True, False, False, True),
    "--device /dev/nvidia0": Facts(True, True, True, True, memory=False),
    "only nvidia-smi works": Facts(True, True, False, True),
    "the wheel for CPUs": Facts(True, True, True, False),
    "a variable": Facts(True, True, True, True, visible=False),
}
for case, facts in CASES.items():
    print(f"{case}:\n    {explain(facts)}")
# --8<-- [end:cases]
