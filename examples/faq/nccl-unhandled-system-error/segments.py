import os

SEGMENT = 9_637_888  # bytes: one of NCCL's, from a report
made = len([name for name in os.listdir("/dev/shm") if "nccl-" in name])
print("left by others:", made)
try:
    while made < 32:
        made += 1
        file = os.open(f"/dev/shm/nccl-{made}", os.O_CREAT | os.O_RDWR)
        os.posix_fallocate(file, 0, SEGMENT)
except OSError as error:
    print(f"segment {made}: {error.strerror}")
else:
    print(made, "segments")
