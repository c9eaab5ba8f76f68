# --8<-- [start:reproduce]
import os
import subprocess
import sys
from subprocess import PIPE


def docker_logs(*options: str, **variables: str) -> str:
    """Run server.py as Docker does, kill it, return what came out."""
    process = subprocess.Popen(
        [sys.executable, *options, "server.py"], text=True,
        stdout=PIPE, stderr=PIPE, env=os.environ | variables)
    warning = process.stderr.readline()  # by now it has printed
    process.kill()
    output, _ = process.communicate()
    return f"stdout {output.splitlines()}  stderr {[warning.strip()]}"


print(docker_logs())
# --8<-- [end:reproduce]


# --8<-- [start:fix]
print(docker_logs(PYTHONUNBUFFERED="1"))
print(docker_logs("-u"))
# --8<-- [end:fix]


# --8<-- [start:logging]
CODE = "import logging; {}; logging.getLogger('app').info('loaded')"


def stderr_of(configure: str) -> str:
    command = [sys.executable, "-c", CODE.format(configure)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr.strip() or "nothing"


print("as it is:   ", stderr_of("pass"))
print("basicConfig:", stderr_of("logging.basicConfig(level='INFO')"))
# --8<-- [end:logging]
