"""Start an instance as its unit says, where systemd is not running.

    python start.py 8283 [NAME=VALUE ...]
"""

import configparser
import os
import shlex
import shutil
import sys
from pathlib import Path

instance, *variables = sys.argv[1:]
unit = configparser.ConfigParser(interpolation=None)
unit.read(f"classifier@{instance}.service")


def words(key: str) -> list[str]:
    value = unit["Service"][key].replace("\\\n", " ")
    return shlex.split(value.replace("%i", instance))


settings = [*words("Environment"), *variables]
os.environ |= dict(item.split("=", 1) for item in settings)
credential, source = words("LoadCredential")[0].split(":")
folder = Path(f"credentials-{instance}").resolve()
folder.mkdir(exist_ok=True)
shutil.copy(source, folder / credential)
os.environ["CREDENTIALS_DIRECTORY"] = str(folder)
os.chdir(words("WorkingDirectory")[0])
command = words("ExecStart")
os.execv(command[0], command)
