"""RuntimeError: There is no current event loop in thread"""
# --8<-- [start:client]
import asyncio
from concurrent.futures import ThreadPoolExecutor


async def embed(text: str) -> int:
    await asyncio.sleep(0)  # where a client would wait for its answer
    return len(text)


def embed_sync(text: str) -> int:
    loop = asyncio.get_event_loop()
    return loop.run_until_complete(embed(text))
# --8<-- [end:client]


try:
    # --8<-- [start:fails]
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(embed_sync, "hello").result()
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)

# --8<-- [start:endpoint]
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()


@app.get("/plain")
def plain() -> int:
    return embed_sync("hello")


try:
    TestClient(app).get("/plain")
except RuntimeError as error:
    print(error)
# --8<-- [end:endpoint]

try:
    # --8<-- [start:nested]
    async def endpoint() -> int:
        return asyncio.run(embed("hello"))

    asyncio.run(endpoint())
    # --8<-- [end:nested]
except RuntimeError as error:
    print(error)

# --8<-- [start:server]
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Embeddings(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(b"5")

    def log_message(self, *args: object) -> None:
        """Write no access log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """Write nothing when a client has gone away."""


server = Server(("127.0.0.1", 0), Embeddings)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
# --8<-- [end:server]

try:
    # --8<-- [start:closed]
    client = httpx.AsyncClient()  # one for the whole program


    async def ask() -> int:
        return (await client.get(url)).json()


    asyncio.run(ask())  # connects, and is answered
    asyncio.run(ask())
    # --8<-- [end:closed]
except RuntimeError as error:
    print(error)

# --8<-- [start:run]
def embed_in_thread(text: str) -> int:
    return asyncio.run(embed(text))  # makes a loop, and closes it


with ThreadPoolExecutor(max_workers=1) as pool:
    print(pool.submit(embed_in_thread, "hello").result())
# --8<-- [end:run]

# --8<-- [start:await]
from anyio import from_thread


@app.get("/async")
async def with_await() -> int:
    return await embed("hello")


@app.get("/from-worker")
def from_worker() -> int:
    return from_thread.run(embed, "hello")  # on the loop of the server


@app.get("/from-pool")
async def from_pool() -> int:
    loop = asyncio.get_running_loop()

    def work() -> int:  # in a thread that is not AnyIO's
        coroutine = embed("hello")
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    return await asyncio.to_thread(work)


test = TestClient(app)
for path in ("/async", "/from-worker", "/from-pool"):
    print(path, test.get(path).json())
# --8<-- [end:await]

# --8<-- [start:lifespan]
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
    async with httpx.AsyncClient() as client:
        yield {"client": client}


service = FastAPI(lifespan=lifespan)


@service.get("/embed")
async def ask_service(request: Request) -> int:
    return (await request.state.client.get(url)).json()


with TestClient(service) as test:
    print([test.get("/embed").json() for _ in range(2)])
server.shutdown()
server.server_close()
# --8<-- [end:lifespan]
