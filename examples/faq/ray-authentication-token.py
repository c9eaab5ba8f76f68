# --8<-- [start:fix]
import os
import secrets
from pathlib import Path

token = Path("auth_token")
token.touch(mode=0o600)  # nobody else may read it
token.write_text(secrets.token_hex(32))
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN_PATH"] = str(token.absolute())
print(oct(token.stat().st_mode & 0o777), len(token.read_text()))
# --8<-- [end:fix]
