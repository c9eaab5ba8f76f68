"""What may differ from one deployment to the next: environment variables.

`SERVICE_MAX_BATCH=8` sets `max_batch`. A value that cannot be is refused at
the start, by name.
"""

import os
from pathlib import Path

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_threads() -> str | int:
    """As many as OpenMP was told to use, else two."""
    return os.environ.get("OMP_NUM_THREADS", 2)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SERVICE_", frozen=True)

    artefact: Path = Path("artefact")
    threads: PositiveInt = Field(
        default_factory=default_threads,
        validate_default=True,
        description="threads of one operator",
    )
    max_batch: int = Field(4, ge=1, le=32)
    max_queue: PositiveInt = Field(64, description="requests; more get 429")
    max_wait_ms: NonNegativeFloat = 3.0
    deadline_s: PositiveFloat = Field(5.0, description="then 504")
    read_timeout_s: PositiveFloat = Field(5.0, description="then 408")
    drain_s: NonNegativeFloat = Field(1.0, description="of 503s on SIGTERM")
    max_bytes: PositiveInt = 5_000_000
    max_pixels: PositiveInt = 25_000_000
    api_keys: dict[str, SecretStr] = Field({}, description="client: key")
    requests_per_s: PositiveFloat = Field(50.0, description="for each key")
    docs: bool = Field(True, description="/docs and /openapi.json")

    @model_validator(mode="after")
    def _queue_holds_a_batch(self) -> "Settings":
        if self.max_queue < self.max_batch:
            raise ValueError("max_queue must not be smaller than max_batch")
        return self
