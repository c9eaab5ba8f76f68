import os
import resource


def raise_limit(wanted: int = 4096) -> int:
    """Allow this process more open files, up to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


resource.setrlimit(resource.RLIMIT_NOFILE, (128, 4096))
print("limit:", raise_limit())
print("open: ", len(os.listdir("/proc/self/fd")) < 20)
