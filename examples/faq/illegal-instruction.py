"""Illegal instruction (core dumped) at import torch"""
# --8<-- [start:check]
from pathlib import Path

LEVELS = {
    "v2": "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3",
    "v3": "avx avx2 bmi1 bmi2 f16c fma abm movbe",
    "v4": "avx512f avx512bw avx512cd avx512dq avx512vl",
}


def missing_flags(flags: str) -> dict[str, list[str]]:
    """Return which flags of each x86-64 level this CPU lacks."""
    present = set(flags.split())
    return {
        level: [flag for flag in names.split() if flag not in present]
        for level, names in LEVELS.items()
    }


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the flags that the kernel sees: those of the guest in a VM."""
    for line in cpuinfo.read_text().splitlines():
        if line.startswith("flags"):
            return line.partition(":")[2]
    return ""  # not an x86 processor


kvm64 = "fpu cx8 mmx sse sse2 syscall nx lm pni cx16"  # shortened
print("this machine lacks:", missing_flags(cpu_flags()))
print("a virtual kvm64 lacks:", missing_flags(kvm64)["v2"])
# --8<-- [end:check]
