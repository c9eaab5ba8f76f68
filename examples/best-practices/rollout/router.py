"""Two versions behind one address: shadow, canary, automatic roll-back.

uvicorn --factory router:create_app --port 8321
"""

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from pydantic import BaseModel, Field, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

from judge import Judge

# What belongs to client and service, and only passes through.
TO_SERVICE = {
    *("authorization", "content-type", "accept"),
    *("x-request-id", "traceparent", "tracestate"),
}
TO_CLIENT = {
    *("content-type", "retry-after", "x-request-id", "www-authenticate"),
}


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="ROUTER_", hide_input_in_errors=True
    )

    stable: str
    candidate: str
    operator_key: str = Field(min_length=32, description="may change the plan")
    max_bytes: PositiveInt = Field(5_000_000, description="of one request")
    max_comparisons: PositiveInt = Field(16, description="at once")


class Plan(BaseModel):
    """What happens to requests now."""

    mode: Literal["stable", "shadow", "canary"]
    weight: float = Field(0.0, ge=0, le=1, description="candidate's share")
    reason: str = ""


def share(client: str) -> float:
    """Where a client stands between 0 and 1; the same on every machine."""
    digest = hashlib.sha256(client.encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def top(answer: httpx.Response) -> str:
    return str(answer.json()["labels"][0]["label"])


async def read(request: Request, most: int) -> bytes:
    """The body. Raises 413 as soon as it is larger than `most` bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            close = {"Connection": "close"}
            raise HTTPException(413, f"more than {most} bytes", close)
    return body


def create_app(transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """The application, with its settings from the environment.

    Args:
        transport: what reaches the services, if not the network.
    """
    settings = Settings()
    judge = Judge()
    plan = Plan(mode="stable")
    background: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=10, transport=transport) as client:
            app.state.client = client
            yield
            await asyncio.gather(*background)

    app = FastAPI(lifespan=lifespan, docs_url=None, openapi_url=None)

    def operator(authorization: Annotated[str, Header()] = "") -> None:
        """Clients must not change the plan, nor see it."""
        expected = f"Bearer {settings.operator_key}".encode()
        if not hmac.compare_digest(authorization.encode(), expected):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    async def ask(base: str, request: Request, body: bytes) -> httpx.Response:
        headers = request.headers.items()
        return await app.state.client.post(
            base + request.url.path,
            params=request.query_params,
            content=body,
            headers={k: v for k, v in headers if k in TO_SERVICE},
        )

    def note(failed: bool, disagrees: bool = False) -> None:
        nonlocal plan
        reason = judge.record(failed, disagrees)
        if plan.mode != "stable" and reason:
            plan = Plan(mode="stable", reason=f"rolled back: {reason}")

    async def compare(
        known: httpx.Response, base: str, request: Request, body: bytes
    ) -> None:
        """Ask the other version too, while nobody waits."""
        candidate = base == settings.candidate
        try:
            other = await ask(base, request, body)
        except httpx.HTTPError:
            if candidate:
                note(failed=True)
            return
        if candidate and other.status_code >= 500:
            note(failed=True)
        elif known.status_code == other.status_code == 200:
            note(False, disagrees=top(known) != top(other))

    def later(
        known: httpx.Response, base: str, request: Request, body: bytes
    ) -> None:
        if len(background) < settings.max_comparisons:  # a sample is enough
            task = asyncio.create_task(compare(known, base, request, body))
            background.add(task)
            task.add_done_callback(background.discard)

    @app.post("/v1/classify")
    async def classify(
        request: Request, x_client: Annotated[str, Header()]
    ) -> Response:
        """`X-Client` names the client; your gateway sets it."""
        body = await read(request, settings.max_bytes)
        answer = None
        if plan.mode == "canary" and share(x_client) < plan.weight:
            try:
                answer = await ask(settings.candidate, request, body)
                if answer.status_code >= 500:
                    answer = None
            except httpx.HTTPError:
                pass
            if answer is None:
                note(failed=True)  # and the stable version answers
            else:
                later(answer, settings.stable, request, body)
        if answer is None:
            try:
                answer = await ask(settings.stable, request, body)
            except httpx.HTTPError:
                wait = {"Retry-After": "1"}
                raise HTTPException(502, headers=wait) from None
            if plan.mode == "shadow":
                later(answer, settings.candidate, request, body)
        headers = answer.headers.items()
        kept = {k: v for k, v in headers if k in TO_CLIENT}
        return Response(answer.content, answer.status_code, kept)

    @app.put("/plan", dependencies=[Depends(operator)])
    async def change(new: Plan) -> Plan:
        nonlocal plan, judge
        plan, judge = new, Judge()
        return plan

    @app.get("/plan", dependencies=[Depends(operator)])
    async def show() -> Plan:
        await asyncio.gather(*background)
        return plan

    return app
