"""The client of benchmarks/servers.py: lines of JSON in, lines of JSON out.

A closed loop: each of so many connections asks again when it has its answer.
It speaks HTTP/1.1 over plain sockets, which costs less than the libraries
that people use, so that the two cores are the server's as far as possible.
Only loopback addresses are asked.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

from harness.load import quantile

HOST = "127.0.0.1"
LATE = 10.0  # seconds without an answer


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3


class Client:
    def __init__(self, port: int, path: str, kind: str, body: bytes, expected: str) -> None:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept: */*\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        )
        self.port, self.expected = port, expected.encode()
        self.keep, self.once = (
            f"{head}{more}\r\n".encode() + body for more in ("", "Connection: close\r\n")
        )

    async def ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> str:
        """`200` for the right answer, otherwise the status or `wrong`."""
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"content-length:" in head:
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
        else:  # chunked
            answer = b""
            while size := int(await reader.readline(), 16):
                answer += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        status = head[9:12].decode()
        if status == "200" and self.expected not in answer:
            return "wrong"
        return status

    async def wait(self, seconds: float) -> dict[str, Any]:
        """Ask until there is a right answer: its time on the monotonic clock."""
        end, last = time.monotonic() + seconds, "no connection"
        while time.monotonic() < end:
            try:
                reader, writer = await asyncio.open_connection(HOST, self.port)
                try:
                    async with asyncio.timeout(LATE):
                        last = await self.ask(reader, writer, self.once)
                finally:
                    writer.close()
                if last == "200":
                    return {"at": time.monotonic()}
            except (OSError, EOFError, TimeoutError, ValueError) as error:
                last = type(error).__name__
            await asyncio.sleep(0.05)
        return {"error": f"no answer within {seconds:.0f} s, the last attempt gave: {last}"}

    async def load(self, clients: int, seconds: float, warm: float) -> dict[str, Any]:
        """Rates and latencies after `warm` seconds."""
        begin = time.perf_counter() + warm
        end = begin + seconds
        took: list[float] = []
        seen: Counter[str] = Counter()

        async def one() -> None:
            writer = None
            while (start := time.perf_counter()) < end:
                try:
                    if writer is None:
                        reader, writer = await asyncio.open_connection(HOST, self.port)
                    async with asyncio.timeout(LATE):
                        status = await self.ask(reader, writer, self.keep)
                except (OSError, EOFError, TimeoutError) as error:
                    status = type(error).__name__
                    if writer:
                        writer.close()
                    writer = None
                done = time.perf_counter()
                if begin <= done <= end:
                    seen[status] += 1
                    if status == "200":
                        took.append(done - start)
            if writer:
                writer.close()

        await asyncio.gather(*(one() for _ in range(clients)))
        took.sort()
        if not took:
            return {"error": f"{clients} at once: no right answer, but {dict(seen)}"}
        return {
            "per_s": len(took) / seconds,
            "p50_ms": milliseconds(quantile(took, 0.5)),
            "p99_ms": milliseconds(quantile(took, 0.99)),
            "seen": dict(seen),
        }

    async def storm(self, clients: int, seconds: float) -> dict[str, Any]:
        """A connection for each request, until nobody accepts any more.

        A client that is told 503 goes elsewhere, as a load balancer does.
        """
        seen: Counter[str] = Counter()
        end = time.monotonic() + seconds

        async def one() -> None:
            refused = 0
            while time.monotonic() < end and refused < 5:
                try:
                    reader, writer = await asyncio.open_connection(HOST, self.port)
                except OSError:
                    refused += 1
                    await asyncio.sleep(0.1)
                    continue
                try:
                    async with asyncio.timeout(LATE):
                        status = await self.ask(reader, writer, self.once)
                    seen[status] += 1
                    if status == "503":
                        return
                except TimeoutError:
                    seen["hangs"] += 1
                except (OSError, EOFError):
                    seen["lost"] += 1
                    await asyncio.sleep(0.05)
                finally:
                    writer.close()

        await asyncio.gather(*(one() for _ in range(clients)))
        return {"seen": dict(seen)}


def main() -> None:
    setup = json.loads(sys.stdin.readline())
    setup["body"] = bytes.fromhex(setup["body"])
    client = Client(**setup)
    for line in sys.stdin:
        command = json.loads(line)
        call = getattr(client, command.pop("do"))
        print(json.dumps(asyncio.run(call(**command))), flush=True)


if __name__ == "__main__":
    main()
