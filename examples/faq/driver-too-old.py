"""The NVIDIA driver on your system is too old (found version 11040)"""


# --8<-- [start:decode]
def newest_cuda(found: int) -> str:
    """The newest CUDA of a driver, from the number in the message."""
    return f"{found // 1000}.{found % 1000 // 10}"


for found in (9000, 11040, 12020, 12080, 13000):
    print(f"found version {found:>5}: CUDA {newest_cuda(found)}")
# --8<-- [end:decode]

# --8<-- [start:builds]
# build: the first driver branch that starts it, and the driver that
# NVIDIA released with that CUDA (Linux, x86-64)
BUILDS = {
    "cu118": (450, "520.61.05"),
    "cu126": (525, "560.28.03"),
    "cu128": (525, "570.26"),
    "cu129": (525, "575.51.03"),
    "cu130": (580, "580.65.06"),
    "cu132": (580, "595.45.04"),
}
print("build  starts from  everything from")
for build, (branch, released) in BUILDS.items():
    print(f"{build}  {branch:>11}  {released}")
# --8<-- [end:builds]


# --8<-- [start:choose]
def builds_for(driver: str) -> list[str]:
    """The builds that start with a driver, such as 535.183.01."""
    branch = int(driver.split(".")[0])
    return [name for name, (first, _) in BUILDS.items() if branch >= first]


for driver in ("470.86", "535.183.01", "570.124.06", "580.95.05"):
    print(f"{driver:10}", *builds_for(driver))
# --8<-- [end:choose]
