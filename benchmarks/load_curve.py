"""Measure the reference service's latency against the rate of requests.

Run it from anywhere, on a quiet machine (about four minutes):

    python benchmarks/load_curve.py          # --quick: see that it works

It starts chapter 4's service on 127.0.0.1, finds what it can finish in a
second, and sends Poisson arrivals at shares of that, each rate with the same
number of requests. It writes results/load-curve.json and .md, and the plot
of docs/best-practices/load-testing.md. A load is bounded in count, and the
service ends with the script.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples" / "best-practices"
sys.path.insert(0, str(EXAMPLES / "load-testing"))

from loadgen import Ask, Load, asking, client, closed_loop, open_loop
from tools.report import BLUE, GREY, ORANGE, RESULTS, caption, environment, plain_svg, save_svg

PORT = 8291
URL = f"http://127.0.0.1:{PORT}"
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.05)
PLOT = ROOT / "docs" / "best-practices" / "img" / "load-testing-knee.svg"


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Build the artefact, start the service, and wait until it is ready."""
    shutil.copytree(EXAMPLES / "service", folder, dirs_exist_ok=True)
    subprocess.run([sys.executable, "build.py"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    settings = {"SERVICE_DRAIN_S": "0", "SERVICE_DEADLINE_S": "9", "SERVICE_MAX_QUEUE": "250"}
    settings["SERVICE_ANONYMOUS"] = "true"
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            "server:create_app",
            "--host",
            "127.0.0.1",
            "--port",
            str(PORT),
        ],
        cwd=folder,
        env=os.environ | settings,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{URL}/readyz", timeout=1):
                return server
        except OSError:
            time.sleep(0.1)
            if server.poll() is not None:
                break
    server.kill()
    raise RuntimeError("the service did not become ready within a minute")


def point(load: Load, rate: float) -> dict[str, object]:
    """One rate, in milliseconds; None where no answer or no upper end."""

    def ms(seconds: float) -> float | None:
        return round(1000 * seconds, 2) if seconds < float("inf") else None

    return {
        "rate": round(rate, 2),
        "statuses": dict(load.statuses),
        "sent_late_ms": ms(load.lateness),
        **{name: ms(load.quantile(q)) for name, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))},
        **{
            f"{name}_interval": [ms(end) for end in load.interval(q)]
            for name, q in (("p50", 0.5), ("p99", 0.99))
        },
    }


async def measure(ask: Ask, count: int) -> dict[str, object]:
    await closed_loop(ask, 2, 20)  # warm-up
    alone = await closed_loop(ask, 1, 30)
    capacity = []
    for _ in range(3):
        began = time.perf_counter()
        crowd = await closed_loop(ask, 16, count // 2)
        capacity.append(crowd.statuses["200"] / (time.perf_counter() - began))
    most = sorted(capacity)[1]
    print(f"alone {1000 * alone.quantile(0.5):.1f} ms, at most {most:.1f} requests/s")
    points = []
    for share in SHARES:
        rate = share * most
        load = await open_loop(ask, rate, count, seed=1, warm_up=count // 10)
        points.append({"share": share, **point(load, rate)})
        print(points[-1])
        await asyncio.sleep(1)  # let the queue drain
    return {
        "alone_ms": round(1000 * alone.quantile(0.5), 2),
        "capacity": round(most, 2),
        "count": count,
        "points": points,
    }


def draw(result: dict) -> None:
    """Latency against rate: p50, and p99 with its interval."""
    plt = plain_svg("load-curve")
    figure, axes = plt.subplots(figsize=(7, 3.6))
    points = [p for p in result["points"] if p["p99"] is not None]
    rates = [p["rate"] for p in points]
    tops = [p["p99_interval"][1] or p["p99"] for p in points]
    axes.fill_between(
        rates, [p["p99_interval"][0] for p in points], tops, color=ORANGE, alpha=0.2, linewidth=0
    )
    for name, colour in (("p99", ORANGE), ("p50", BLUE)):
        axes.plot(rates, [p[name] for p in points], "o-", color=colour)
        axes.annotate(
            name,
            (rates[0], points[0][name]),
            xytext=(0, 9),
            textcoords="offset points",
            color=colour,
        )
    axes.axvline(result["capacity"], color=GREY, linestyle="--", linewidth=1)
    axes.annotate(
        "all it can finish",
        (result["capacity"], axes.get_ylim()[1]),
        xytext=(-4, -10),
        textcoords="offset points",
        color=GREY,
        ha="right",
    )
    axes.set_yscale("log")
    axes.set_xlabel("requests per second, on average")
    axes.set_ylabel("latency, ms")
    axes.spines[["top", "right"]].set_visible(False)
    save_svg(figure, PLOT)


def table(result: dict) -> str:
    lines = [
        (
            "| of what it can finish | requests/s | p50, in lone answers | "
            "p99, in lone answers | answered |"
        ),
        "|--:|--:|--:|--:|--:|",
    ]
    alone = result["alone_ms"]

    def times(value: float | None) -> str:
        return "more than it waits for" if value is None else f"{value / alone:.1f} ×"

    for p in result["points"]:
        answered = p["statuses"].get("200", 0) / result["count"]
        cells = [
            f"{p['share']:.0%}",
            f"{p['rate']:.0f}",
            times(p["p50"]),
            times(p["p99"]),
            f"{answered:.0%}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    how = (
        f"One process, {result['count']} requests a rate, Poisson arrivals, "
        "latency from the scheduled time;"
        f" a lone request takes {alone:.0f} ms."
    )
    return (
        "\n".join(lines) + "\n\n" + caption(result["environment"], how, "benchmarks/load_curve.py")
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few requests, and nothing is written")
    options = parser.parse_args()
    about = environment(["torch", "fastapi", "uvicorn"])
    with tempfile.TemporaryDirectory() as name:
        server = start(Path(name))
        try:
            async with client() as http:
                ask = asking(http, f"{URL}/v1/classify", Path(name) / "artefact" / "golden.jpg")
                result = {"environment": about, **await measure(ask, 20 if options.quick else 400)}
        finally:
            server.terminate()
            server.wait(20)
    about["load_at_end"] = round(os.getloadavg()[0], 1)
    if options.quick:
        print("it works; nothing was written")
        return
    (RESULTS / "load-curve.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "load-curve.md").write_text(table(result))
    draw(result)
    print(table(result))


if __name__ == "__main__":
    asyncio.run(main())
