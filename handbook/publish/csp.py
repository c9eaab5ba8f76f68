"""A Content-Security-Policy in each page: its own scripts and nothing else.

Inline scripts are the theme's, and are named by their hashes; WebAssembly is
for the model that runs in the reader's browser.
"""

from __future__ import annotations

import base64
import hashlib
import re

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
REST = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; "
)


def script_hashes(page: str) -> list[str]:
    """The inline scripts of a page, as a policy names them."""
    sources = []
    for script in SCRIPT.finditer(page):
        if "src=" not in script["attributes"] and "application/json" not in script["attributes"]:
            digest = base64.b64encode(hashlib.sha256(script["code"].encode()).digest()).decode()
            sources.append(f"'sha256-{digest}'")
    return list(dict.fromkeys(sources))


def policy(page: str) -> str:
    return REST + " ".join(["script-src 'self' 'wasm-unsafe-eval'", *script_hashes(page)])


def protect(page: str) -> str:
    """The page with its policy, before anything that it governs."""
    return re.sub(
        r'(<meta charset="utf-8">)',
        lambda m: (
            f'{m[1]}\n      <meta http-equiv="Content-Security-Policy" content="{policy(page)}">'
        ),
        page,
        count=1,
    )
