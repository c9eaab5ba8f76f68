"""Measure the reference service's latency against the rate of requests.

Run it from anywhere, on a quiet machine (about four minutes):

    python benchmarks/load_curve.py          # --quick: see that it works

It starts the reference service on 127.0.0.1, finds what it can finish in a
second, and sends Poisson arrivals at shares of that, each rate with the same
number of requests. It writes results/load-curve.json and .md, and the plot
of docs/best-practices/load-testing.md. A load is bounded in count, and the
service ends with the script.
"""

import asyncio
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from harness import load, machine, results, service
from harness.results import BLUE, GRAY, ORANGE
from harness.script import Benchmark, Result, import_from, work_folder

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.05)
SETTINGS = {"SERVICE_DRAIN_S": "0", "SERVICE_DEADLINE_S": "9", "SERVICE_MAX_QUEUE": "250"}
COUNT = 500  # requests at each rate: as many as a p99 needs


def point(found: Any, rate: float) -> dict[str, object]:
    """One rate, in milliseconds; None where no answer, no upper end or too few requests."""

    def ms(seconds: float) -> float | None:
        return round(1000 * seconds, 2) if seconds < float("inf") else None

    seconds = found.seconds.tolist()
    quantiles = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    values = {name: load.quantile(seconds, share) for name, share in quantiles.items()}
    return {
        "rate": round(rate, 2),
        "statuses": dict(found.statuses),
        "sent_late_ms": ms(found.lateness),
        **{name: None if value is None else ms(value) for name, value in values.items()},
        **{
            f"{name}_interval": [ms(end) for end in found.interval(quantiles[name])]
            for name in ("p50", "p99")
        },
    }


async def curve(url: str, photograph: Path, quick: bool) -> Result:
    """What it can finish, and the latencies at shares of that, by the page's own generator."""
    from loadgen import asking, client, closed_loop, open_loop

    count, shares = (20, SHARES[:1]) if quick else (COUNT, SHARES)
    async with client() as http:
        ask = asking(http, f"{url}/v1/classify", photograph)
        await closed_loop(ask, 2, 20)  # warm-up
        alone = await closed_loop(ask, 1, 30)
        capacity = []
        for _ in range(3):
            began = time.perf_counter()
            crowd = await closed_loop(ask, 16, count // 2)
            capacity.append(crowd.statuses["200"] / (time.perf_counter() - began))
        most = sorted(capacity)[1]
        points = []
        for share in shares:
            rate = share * most
            found = await open_loop(ask, rate, count, seed=1, warm_up=count // 10)
            points.append({"share": share, **point(found, rate)})
            print(points[-1], file=sys.stderr, flush=True)
            await asyncio.sleep(1)  # let the queue drain
    return {
        "alone_ms": round(1000 * alone.quantile(0.5), 2),
        "capacity": round(most, 2),
        "count": count,
        "points": points,
    }


def measure(options: Namespace) -> Result:
    """Build the artifact, start the service, and load it."""
    import_from("best-practices/load-testing")
    with work_folder("best-practices/load-testing") as folder:
        subprocess.run([sys.executable, "build.py"], check=True, stdout=subprocess.DEVNULL)
        with service.serving("server:create_app", folder, SETTINGS) as server:
            return asyncio.run(curve(server.url, folder / "artifact/golden.jpg", options.quick))


def draw(result: Result, paths: dict[str, Path]) -> None:
    """Latency against rate: p50, and p99 with its interval."""
    plt = results.plain_svg("load-curve")
    figure, axes = plt.subplots(figsize=(7, 3.6))
    points = [p for p in result["points"] if p["p99"] is not None]
    rates = [p["rate"] for p in points]
    tops = [p["p99_interval"][1] or p["p99"] for p in points]
    axes.fill_between(
        rates, [p["p99_interval"][0] for p in points], tops, color=ORANGE, alpha=0.2, linewidth=0
    )
    for name, color in (("p99", ORANGE), ("p50", BLUE)):
        axes.plot(rates, [p[name] for p in points], "o-", color=color)
        axes.annotate(
            name,
            (rates[0], points[0][name]),
            xytext=(0, 9),
            textcoords="offset points",
            color=color,
        )
    axes.axvline(result["capacity"], color=GRAY, linestyle="--", linewidth=1)
    axes.annotate(
        "all it can finish",
        (result["capacity"], axes.get_ylim()[1]),
        xytext=(-4, -10),
        textcoords="offset points",
        color=GRAY,
        ha="right",
    )
    axes.set_yscale("log")
    axes.set_xlabel("requests per second, on average")
    axes.set_ylabel("latency, ms")
    axes.spines[["top", "right"]].set_visible(False)
    results.save_svg(figure, paths["knee"])


def table(result: Result) -> str:
    alone, count = result["alone_ms"], result["count"]

    def times(point: dict[str, Any], name: str) -> str:
        if count < load.ENOUGH.get(0.99, 0) and name == "p99" and point["p99"] is None:
            return "n/a"
        value = point[name]
        return "more than it waits for" if value is None else f"{value / alone:.1f} ×"

    rows = [
        (
            f"{p['share']:.0%}",
            f"{p['rate']:.0f}",
            times(p, "p50"),
            times(p, "p99"),
            f"{p['statuses'].get('200', 0) / count:.0%}",
        )
        for p in result["points"]
    ]
    heads = ["of what it can finish", "requests/s", "p50, in lone answers"]
    heads += ["p99, in lone answers", "answered"]
    how = (
        f"One process, {count} requests a rate, Poisson arrivals, "
        f"latency from the scheduled time; a lone request takes {alone:.0f} ms."
    )
    note = machine.note(result, how, "benchmarks/load_curve.py")
    return results.table(heads, rows, "r" * 5) + "\n" + note


def figures(result: Result) -> dict[str, float]:
    """Latencies in times of a lone request, such as `p99_at_50` percent of the capacity."""
    alone = result["alone_ms"]
    return {
        f"{name}_at_{round(100 * point['share'])}": round(point[name] / alone, 3)
        for point in result["points"]
        for name in ("p50", "p99")
    }


BENCHMARK = Benchmark(
    "load-curve",
    "benchmarks/load_curve.py",
    measure,
    lambda result: {"load-curve": table(result)},
    packages=("torch", "fastapi", "uvicorn"),
    figures=figures,
    draw=draw,
    plots={"knee": "docs/best-practices/img/load-testing-knee.svg"},
)

if __name__ == "__main__":
    BENCHMARK.main(__doc__)
