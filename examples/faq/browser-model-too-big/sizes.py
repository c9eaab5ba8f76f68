"""How many gigabytes of weights, in each type?"""

BITS = {"fp32": 32, "fp16": 16, "q8": 8, "q4": 4 + 16 / 32}  # blocks of 32
ONE_FILE, ONE_MEMORY = 2**31, 2**32  # bytes: protobuf; WebAssembly


def judge(size: float) -> str:
    """Where weights of this size fit, by the limits alone."""
    if size > ONE_MEMORY:
        return "more than WebAssembly has"
    if size > ONE_FILE:
        return "needs a second file"
    return ""


for billions in (0.1, 0.6, 1.7, 4.0):
    print(f"{billions} billion weights")
    for dtype, bits in BITS.items():
        size = billions * 1e9 * bits / 8
        print(f"    {dtype} {size / 1e9:4.1f} GB  {judge(size)}".rstrip())
