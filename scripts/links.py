"""Are the links of the handbook alive?

    python scripts/links.py            # requests each address once, a minute or two
    python scripts/links.py --offline  # only counts them

Writes benchmarks/results/links.json and the line on docs/tools/resources.md. A machine
without the network cannot check, and the page then says so: an address is
never called dead because this machine is not allowed out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
LINK = re.compile(r"\]\((https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)?)\)")
CANARY = "https://pytorch.org/"  # if this does not answer, nothing is checked


def find_links(docs: Path) -> dict[str, list[str]]:
    """Each address, without its fragment, and the pages that link it."""
    links: dict[str, list[str]] = {}
    for path in sorted(docs.rglob("*.md")):
        for address in LINK.findall(path.read_text("utf-8")):
            pages = links.setdefault(address.partition("#")[0], [])
            name = path.relative_to(docs).as_posix()
            if name not in pages:
                pages.append(name)
    return dict(sorted(links.items()))


async def check(addresses: list[str], at_once: int = 8) -> dict[str, str]:
    """`200`, another status, or the kind of error, for each address."""
    places = asyncio.Semaphore(at_once)
    agent = {"User-Agent": "link check of a documentation site"}

    async def ask(client: httpx.AsyncClient, address: str) -> tuple[str, str]:
        async with places:
            try:
                answer = await client.head(address)
                if answer.status_code >= 400:  # some refuse HEAD
                    async with client.stream("GET", address) as answer:
                        pass
                return address, str(answer.status_code)
            except httpx.HTTPError as error:
                return address, type(error).__name__

    async with httpx.AsyncClient(timeout=15, follow_redirects=True, headers=agent) as client:
        _, canary = await ask(client, CANARY)
        if canary != "200":
            return {}
        return dict(await asyncio.gather(*(ask(client, one) for one in addresses)))


def line(result: dict[str, Any]) -> str:
    """The paragraph that the page includes."""
    count = f"The handbook links {len(result['links'])} addresses outside."
    script = "`python scripts/links.py` asks each of them once."
    if not result["checked"]:
        return (
            f"{count}\n{script}\n**They have not been checked yet:** "
            "the machine that builds this site has no way out"
            f" to the web (last tried on {result['date']}), so a link here may be dead.\n"
        )
    dead = {
        address: state
        for address, state in result["checked"].items()
        if state not in ("200", "403", "429")
    }
    lines = [
        (
            f"{count}\n{script}\nLast check on {result['date']}: "
            f"{len(dead)} did not answer as they should."
        )
    ]
    lines += [
        f"\n- `{address}`: {state}, linked on {', '.join(result['links'][address][:3])}"
        for address, state in dead.items()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--offline", action="store_true")
    links = find_links(ROOT / "docs")
    checked = {} if parser.parse_args().offline else asyncio.run(check(list(links)))
    result = {
        "made_by": "scripts/links.py",
        "date": date.today().isoformat(),
        "links": links,
        "checked": checked,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "links.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "links.md").write_text(line(result))


if __name__ == "__main__":
    main()
