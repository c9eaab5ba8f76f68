"""One form for every answer that is no result: RFC 9457.

https://www.rfc-editor.org/rfc/rfc9457
"""

import math
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from telemetry import REQUEST_ID

MEDIA_TYPE = "application/problem+json"


class Refusal(BaseModel):
    """Why there is no result."""

    error: str = Field(description="as `detail`: clients of /v2 read this")
    cause: str = Field(description="what to count and to program against")
    type: str = "about:blank"
    title: str = Field(description="what the status means")
    status: int
    detail: str
    request_id: str
    errors: list[dict[str, Any]] = Field([], description="the wrong fields")


class Problem(Exception):
    """An answer that is no result.

    Args:
        status: what the client's code acts on.
        cause: one word; each has a counter.
        detail: one sentence for people. Never the client's own input.
        retry_after: seconds; rounded up, so that nobody comes too early.
        errors: fields that are wrong, each with `loc`, `msg` and `type`.
        headers: more of them, such as `Allow`.
    """

    def __init__(
        self,
        status: int,
        cause: str,
        detail: str,
        retry_after: float = 0,
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.cause, self.detail = status, cause, detail
        self.errors, self.headers = errors or [], dict(headers or {})
        if retry_after:
            self.headers["Retry-After"] = str(math.ceil(retry_after))
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    def response(self) -> JSONResponse:
        """The same in every layer, so that clients need one way to read it."""
        body = Refusal(
            error=self.detail,
            cause=self.cause,
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            request_id=REQUEST_ID.get(),
            errors=self.errors,
        )
        return JSONResponse(
            body.model_dump(exclude_defaults=False, exclude=self._empty()),
            self.status,
            self.headers,
            MEDIA_TYPE,
        )

    def _empty(self) -> set[str]:
        return set() if self.errors else {"errors"}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: the refusals that a route may give."""
    schema = {"schema": Refusal.model_json_schema()}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: schema},
        }
        for status in statuses
    }
