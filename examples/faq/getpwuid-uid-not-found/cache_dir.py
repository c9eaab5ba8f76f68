"""Where does Inductor put its cache, for a user without a name?"""

import os
import pwd
import tempfile
from pathlib import Path
from unittest import mock

from torch._inductor.runtime import cache_dir_utils


def unknown(uid: int) -> pwd.struct_passwd:
    raise KeyError(f"getpwuid(): uid not found: {uid}")


for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
    os.environ.pop(name, None)
with (
    mock.patch("pwd.getpwuid", unknown),
    mock.patch("os.getuid", lambda: 1001),
):
    path = Path(cache_dir_utils.default_cache_dir())
print(path.relative_to(tempfile.gettempdir()))
