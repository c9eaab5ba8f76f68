"""What this process may do."""

import os
from pathlib import Path

print("user", os.getuid(), "group", os.getgid(), os.getgroups())
for folder in ("/srv", "/opt/venv", "/tmp"):
    try:
        Path(folder, "written").write_text("by the service")
        print(folder, "can be written")
    except OSError as error:
        print(folder, error.strerror)
print("in /srv:", len(os.listdir("/srv")), "names")
print("build.py:", Path("/srv/build.py").exists())
