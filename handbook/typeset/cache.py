"""A JSON file that remembers what each source was made into."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pymdownx.superfences import SuperFencesException

Entry = dict[str, str]
"""What is kept under a key: the source, and what was made of it."""


class TypesetError(SuperFencesException):  # type: ignore[misc]
    """A formula or a diagram that cannot be shown; names its source.

    Superfences swallows every other exception that a fence raises.
    """


def key(*parts: str) -> str:
    """Return the key of a source and of whatever else decides its look."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class Cache:
    """Entries by key: read once for each change of the file, written whole."""

    def __init__(self, path: Path, maker: str) -> None:
        """Keep entries made by `maker` (name and version) in `path`."""
        self.path = path
        self.maker = maker
        self._seen: tuple[int, int] | None = None
        self._entries: dict[str, Entry] = {}

    def entries(self) -> dict[str, Entry]:
        """Return what the file holds; nothing if another version made it."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return {}
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            try:
                content = json.loads(self.path.read_text("utf-8"))
                entries = content["entries"] if content["made by"] == self.maker else {}
            except (ValueError, KeyError, TypeError) as error:
                raise TypesetError(f"{self.path}: not readable: {error}") from error
            self._entries, self._seen = entries, seen
        return self._entries

    def add(self, new: Mapping[str, Entry]) -> None:
        """Add entries, keeping those that another process added meanwhile."""
        with self._locked():
            self._write({**self.entries(), **new})

    def keep(self, used: Collection[str]) -> int:
        """Drop every entry whose key is not in `used`; return how many."""
        with self._locked():
            entries = self.entries()
            kept = {k: entry for k, entry in entries.items() if k in used}
            if len(kept) < len(entries):
                self._write(kept)
            return len(entries) - len(kept)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock: builds may run side by side."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, entries: Mapping[str, Entry]) -> None:
        """Replace the file in one step, its entries in the order of keys."""
        content = {"made by": self.maker, "entries": dict(sorted(entries.items()))}
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        handle, name = tempfile.mkstemp(dir=self.path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(name, 0o644)
            os.replace(name, self.path)
        except BaseException:
            os.unlink(name)
            raise
