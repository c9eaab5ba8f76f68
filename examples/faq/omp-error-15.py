"""OMP: Error #15: Initializing libiomp5md.dll"""
# --8<-- [start:list]
import json
import subprocess
import sys

names = ["torch", "sklearn.cluster"]  # what your program imports
command = [sys.executable, "-m", "threadpoolctl", "-i", *names]
listed = subprocess.run(command, capture_output=True, text=True, check=True)
pools = json.loads(listed.stdout)
runtimes = [pool for pool in pools if pool["user_api"] == "openmp"]
for file in sorted(runtime["filepath"] for runtime in runtimes):
    package, *_, name = file.split("site-packages/")[-1].split("/")
    print(name.split(".")[0].split("-")[0], "from", package)
# --8<-- [end:list]


# --8<-- [start:check]
def find_conflict(runtimes: list[dict[str, str]]) -> list[str]:
    """Files of Intel's or LLVM's OpenMP, where there is more than one.

    Copies of GNU's `libgomp` do not look for each other, and do not
    stop the process.
    """
    files = [
        runtime["filepath"]
        for runtime in runtimes
        if runtime["user_api"] == "openmp"
        and runtime["prefix"] in ("libiomp", "libomp")
    ]
    return files if len(files) > 1 else []


print("here:   ", find_conflict(runtimes))
reported = [
    {
        "user_api": "openmp",
        "prefix": "libiomp",
        "filepath": rf"C:\Users\anna\anaconda3\{folder}\libiomp5md.dll",
    }
    for folder in (r"Library\bin", r"Lib\site-packages\torch\lib")
]
for file in find_conflict(reported):
    print("Windows:", file)
# --8<-- [end:check]
