"""Many requests at once: what one proxy takes, and what it refuses."""

import asyncio
import sys
from collections import Counter

import httpx

from load import PIXELS


async def burst(proxy: str, requests: int) -> list[httpx.Response]:
    """Send them all before the first answer can come."""
    limits = httpx.Limits(max_connections=requests)
    async with httpx.AsyncClient(timeout=60, limits=limits) as http:
        sent = [
            http.post(f"{proxy}/classify", json={"pixels": PIXELS})
            for _ in range(requests)
        ]
        return await asyncio.gather(*sent)


def main(proxy: str) -> None:
    replies = asyncio.run(burst(proxy, 64))
    good = [r.json() for r in replies if r.status_code == 200]
    bad = [r for r in replies if r.status_code != 200]
    print("64 at once: answered, refused:", len(good) > 0, len(bad) > 0)
    print("nobody waits in vain:", len(good) + len(bad) == 64)
    print("batches of several:", max(a["batch"] for a in good) > 1)
    print("refused with", *Counter(r.status_code for r in bad))
    print("Retry-After:", *{r.headers.get("Retry-After") for r in bad})
    print(bad[0].text.split(" (")[0])


if __name__ == "__main__":
    main(sys.argv[1])
