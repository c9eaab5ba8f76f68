"""What may differ from one deployment to the next: environment variables.

`SERVICE_MAX_BATCH=8` sets `max_batch`. An invalid value, a name that is no
setting, or no decision about keys stops the start-up, and the error names
the setting.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, FilePath, NonNegativeFloat
from pydantic import PositiveFloat, PositiveInt, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from quota import usable_threads

PREFIX = "SERVICE_"
MIN_KEY = 32  # characters


def default_threads() -> str | int:
    """As many as OpenMP was told to use, else what the quota allows."""
    return os.environ.get("OMP_NUM_THREADS") or usable_threads()


def digests(keys: Any) -> Any:
    """SHA-256 of one key or of several, which are then forgotten.

    A key may be given in clear, or as `sha256:` and 64 hexadecimal digits.

    Raises:
        ValueError: a key that could be guessed, or none.
    """
    listed = [keys] if isinstance(keys, str) else keys
    if not isinstance(listed, list | tuple) or not listed:
        raise ValueError("a client needs at least one key")
    found = []
    for key in listed:
        if not isinstance(key, str) or len(key) < MIN_KEY:
            raise ValueError(f"a key has at least {MIN_KEY} characters")
        if key.startswith("sha256:"):
            if not re.fullmatch("sha256:[0-9a-f]{64}", key):
                raise ValueError("sha256: is followed by 64 digits of hex")
            found.append(key.removeprefix("sha256:"))
        else:
            found.append(hashlib.sha256(key.encode()).hexdigest())
    return found


Client = Annotated[str, Field(min_length=1, max_length=64)]
Digests = Annotated[tuple[str, ...], BeforeValidator(digests)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        hide_input_in_errors=True,  # the input may be a key
        secrets_dir=os.environ.get("CREDENTIALS_DIRECTORY"),  # of systemd
    )

    artifact: Path = Path("artifact")
    public_key: FilePath | None = Field(None, description="who signs it")
    threads: PositiveInt = Field(
        default_factory=default_threads,
        validate_default=True,
        description="threads of one operator",
    )
    max_batch: int = Field(4, ge=1, le=32)
    max_queue: PositiveInt = Field(64, description="items; more get 429")
    max_wait_ms: NonNegativeFloat = 3.0
    deadline_s: PositiveFloat = Field(5.0, description="then 504")
    read_timeout_s: PositiveFloat = Field(5.0, description="then 408")
    drain_s: NonNegativeFloat = Field(1.0, description="of 503s on SIGTERM")
    max_bytes: PositiveInt = Field(5_000_000, description="of one request")
    max_bytes_inside: PositiveInt = Field(64_000_000, description="of all")
    max_pixels: PositiveInt = Field(8_000_000, description="of one picture")
    decoders: int = Field(2, ge=1, le=64)
    decode_s: PositiveFloat = Field(5.0, description="then it is killed")
    api_keys: dict[Client, Digests] = Field({}, description="client: keys")
    anonymous: bool = Field(False, description="let everybody in")
    requests_per_s: PositiveFloat = Field(50.0, description="of a client")
    wrong_keys_per_s: PositiveFloat = Field(5.0, description="of an address")
    docs: bool = Field(False, description="/docs and /openapi.json")

    @model_validator(mode="after")
    def _sizes_fit(self) -> "Settings":
        if self.max_queue < self.max_batch:
            raise ValueError("max_queue must not be smaller than max_batch")
        if self.max_bytes_inside < self.max_bytes:
            raise ValueError("max_bytes_inside must hold max_bytes")
        return self

    @model_validator(mode="after")
    def _somebody_decided_who_may_ask(self) -> "Settings":
        if self.anonymous == bool(self.api_keys):
            raise ValueError(
                "give either SERVICE_API_KEYS, one key per client, "
                "or SERVICE_ANONYMOUS=true, which lets everybody in"
            )
        return self

    @model_validator(mode="after")
    def _every_variable_is_a_setting(self) -> "Settings":
        if wrong := unknown_names(type(self), os.environ):
            raise ValueError(f"no such setting: {', '.join(wrong)}")
        return self


def unknown_names(
    settings: type[Settings], environment: Mapping[str, str]
) -> list[str]:
    """Variables that look like settings and are none: misspelled ones."""
    known = {PREFIX + name.upper() for name in settings.model_fields}
    names = [n for n in environment if n.upper().startswith(PREFIX)]
    return sorted(name for name in names if name.upper() not in known)
