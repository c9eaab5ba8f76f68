# --8<-- [start:cases]
from pathlib import Path

from cdi import look

SPEC = """\
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
- name: "0"
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
- name: all
containerEdits:
  mounts:
  - hostPath: /usr/lib/libcuda.so.570.169
    containerPath: /usr/lib/libcuda.so.570.169
"""
host = Path("host")
(host / "usr/lib").mkdir(parents=True)
print("toolkit installed:   ", look(host))

(host / "usr/lib/libcuda.so.570.169").touch()
(host / "etc/cdi").mkdir(parents=True)
(host / "etc/cdi/nvidia.yaml").write_text(SPEC)
print("generated:           ", look(host))

old = host / "usr/lib/libcuda.so.570.169"
old.rename(host / "usr/lib/libcuda.so.580.95.05")
print("the driver's update: ", look(host)[-1])
# --8<-- [end:cases]
