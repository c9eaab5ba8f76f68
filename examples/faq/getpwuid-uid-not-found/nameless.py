"""What Inductor does to name its cache, for a user without a name.

An account file that lacks the user stands in for the container, so
neither a container nor root is needed.
"""

import getpass
import os
import pwd
import sys
from unittest import mock


def unknown(uid: int) -> pwd.struct_passwd:
    """Fail as the system's call does where the account is missing."""
    raise KeyError(f"getpwuid(): uid not found: {uid}")


for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
    os.environ.pop(name, None)
os.environ.update(argument.split("=") for argument in sys.argv[1:])
with (
    mock.patch("pwd.getpwuid", unknown),
    mock.patch("os.getuid", lambda: 1001),
):
    print("torchinductor_" + getpass.getuser())
