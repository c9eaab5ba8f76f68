import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "0"
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"  # nobody answers there

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError


def attempt(title: str, **options: str | bool) -> None:
    """Say whether the model is found, and if not, why."""
    try:
        folder = snapshot_download("shop/model", cache_dir="hub", **options)
        print(f"{title}: {sorted(os.listdir(folder))}")
    except LocalEntryNotFoundError as error:
        cause = type(error.__cause__ or error.__context__).__name__
        print(f"{title}: LocalEntryNotFoundError, from {cause}")


commit = "1" * 40
cache = Path("hub/models--shop--model")

attempt("nothing cached")
(cache / "snapshots" / commit).mkdir(parents=True)
(cache / "snapshots" / commit / "config.json").write_text("{}")
attempt("copied without refs")
attempt("by its commit", revision=commit, local_files_only=True)
(cache / "refs").mkdir()
(cache / "refs" / "main").write_text(commit)
attempt("with refs")
