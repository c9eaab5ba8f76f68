import sys

import hub  # the stand-in; without it this asks huggingface.co
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import HfHubHTTPError

assert hub.server
try:
    hf_hub_download(sys.argv[1], "config.json")
    print("downloaded")
except HfHubHTTPError as error:
    lines = [line for line in str(error).splitlines() if line]
    print(f"{type(error).__name__}: {lines[0]}")
    print(lines[1].partition(" for url")[0])
    print(lines[2])
