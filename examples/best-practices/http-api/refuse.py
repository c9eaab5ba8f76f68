"""Ask for each refusal once, and print what comes back."""

import asyncio
import struct
import zlib
from collections import Counter
from pathlib import Path

import httpx

URL = "http://127.0.0.1:8242"
PHOTOGRAPH = Path("artifact/golden.jpg").read_bytes()


def bomb(side: int) -> bytes:
    """A PNG of a few bytes whose header claims side × side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


async def main() -> None:
    async with httpx.AsyncClient(base_url=URL, timeout=60) as client:

        async def ask(
            content: bytes = PHOTOGRAPH, kind: str = "image/jpeg", top: int = 1
        ) -> httpx.Response:
            return await client.post(
                f"/v1/classify?top={top}",
                content=content,
                headers={"Content-Type": kind},
            )

        cases = {
            "text": ask(b"hello", "text/plain"),
            "no picture": ask(b"hello"),
            "half a picture": ask(PHOTOGRAPH[:5000]),
            "ninety-nine labels": ask(top=99),
            "six megabytes": ask(b"x" * 6_000_000),
            "2.5 gigapixels": ask(bomb(50_000), "image/png"),
            "no such address": client.get("/v1/clasify"),
            "another method": client.get("/v1/classify"),
        }
        for name, case in cases.items():
            answer = await case
            said = answer.json()
            what = f"{said['cause']}: {said['detail']}"
            print(answer.status_code, f"{name}: {what}")

        answers = await asyncio.gather(*(ask() for _ in range(60)))
        codes = Counter(answer.status_code for answer in answers)
        refused = [a for a in answers if a.status_code == 429]
        print("60 at once, room for 16:", sorted(codes))
        print("all answered:", codes.total() == 60, codes[200] >= 16)
        waits = {int(answer.headers["Retry-After"]) >= 1 for answer in refused}
        print("each 429 says when to come back:", waits)


asyncio.run(main())
