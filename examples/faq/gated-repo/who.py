import os
from pathlib import Path

from huggingface_hub import constants, get_token

token = get_token() or ""
print("HF_TOKEN is set:", bool(os.environ.get("HF_TOKEN")))
print("a token in HF_HOME:", Path(constants.HF_TOKEN_PATH).is_file())
print("a token is sent:", bool(token))
print("it begins with hf_:", token.startswith("hf_"))
