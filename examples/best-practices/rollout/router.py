"""Two versions behind one address: shadow, canary, automatic roll-back.

uvicorn --factory router:create_app --port 8321
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import httpx
from fastapi import FastAPI, Header, Request, Response
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from judge import Judge


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTER_")

    stable: str
    candidate: str


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


def create_app() -> FastAPI:
    settings = Settings()
    judge = Judge()
    plan = Plan(mode="stable")
    background: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=10) as client:
            app.state.client = client
            yield
            await asyncio.gather(*background)

    app = FastAPI(lifespan=lifespan)

    async def ask(base: str, request: Request) -> httpx.Response:
        kept = ("content-type", "x-request-id")
        answer = await app.state.client.post(
            base + str(request.url.path),
            params=request.query_params,
            content=await request.body(),
            headers={k: v for k, v in request.headers.items() if k in kept},
        )
        if answer.status_code >= 500:
            answer.raise_for_status()
        return answer

    def note(failed: bool, disagrees: bool = False) -> None:
        nonlocal plan
        judge.record(failed, disagrees)
        if plan.mode != "stable" and (reason := judge.verdict()):
            plan = Plan(mode="stable", reason=f"rolled back: {reason}")

    async def compare(
        known: httpx.Response, base: str, request: Request
    ) -> None:
        """Ask the other version too, while nobody waits."""
        try:
            other = await ask(base, request)
        except httpx.HTTPError:
            note(failed=base == settings.candidate)
            return
        if known.status_code == other.status_code == 200:
            note(False, disagrees=top(known) != top(other))

    def later(known: httpx.Response, base: str, request: Request) -> None:
        task = asyncio.create_task(compare(known, base, request))
        background.add(task)
        task.add_done_callback(background.discard)

    @app.post("/v1/classify")
    async def classify(
        request: Request, x_client: Annotated[str, Header()]
    ) -> Response:
        await request.body()
        chosen = plan.mode == "canary" and share(x_client) < plan.weight
        answer = None
        if chosen:
            try:
                answer = await ask(settings.candidate, request)
                later(answer, settings.stable, request)
            except httpx.HTTPError:
                note(failed=True)  # and the stable version answers
        if answer is None:
            answer = await ask(settings.stable, request)
            if plan.mode == "shadow":
                later(answer, settings.candidate, request)
        kind = answer.headers["content-type"]
        return Response(answer.content, answer.status_code, media_type=kind)

    @app.put("/plan")
    async def change(new: Plan) -> Plan:
        nonlocal plan
        plan = new
        judge.seen.clear()
        return plan

    @app.get("/plan")
    async def show() -> Plan:
        await asyncio.gather(*background)
        return plan

    return app
