"""Model servers side by side: start, speed at three loads, memory, SIGTERM.

    python benchmarks/servers.py              # all, about a quarter of an hour
    python benchmarks/servers.py --install    # first makes the environments
    python benchmarks/servers.py --model photo   # the five with photographs
    python benchmarks/servers.py --only litserve ray
    python benchmarks/servers.py --quick      # does it still work?

Two models: a classifier of digits so small that what is measured is the
server, and the photographs of the reference service. Each round starts every server in
turn, in a process group of its own, which is ended whole. All listen on
127.0.0.1; KServe cannot, and gets a network namespace that has nothing else.
What fails is recorded with its error, and the others go on. Only a run of all
servers of a model writes its results and tables.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.append(str(HERE))

from harness import machine, results
from harness.machine import Refused
from harness.process import Process, ToolError, end_group
from harness.results import number, ratio, short
from harness.rounds import spread
from harness.script import Benchmark, Result

SCRIPT = "python benchmarks/servers.py"
CACHE = ROOT / ".cache/bench"
EXAMPLES = ROOT / "examples"
BUNDLE = EXAMPLES / "best-practices/service"
LOADS = (1, 8, 32)
START_S = 120
OWN = {  # environments of their own, since their pins clash with ours
    "bentoml": ["bentoml==1.4.39"],
    "mlserver": ["mlserver==1.7.1"],
    "kserve": ["kserve==0.21.0"],
    "torchserve": ["torchserve==0.12.0", "torch-model-archiver==0.12.0", "pyyaml"],
}
JSON = "application/json"
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="request"; filename="p.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n%b\r\n--x--\r\n"
)


@dataclass
class Server:
    """How to start a server and how to ask it."""

    key: str
    title: str
    port: int
    command: list[str]  # {port} and {python} are filled in
    path: str = "/predict"
    package: str = ""
    model: str = "digits"
    python: str = ""  # the name of an environment
    environment: dict[str, str] = field(default_factory=dict)
    namespace: bool = False


UVICORN = ["{python}", "-m", "uvicorn", "--port", "{port}", "--no-access-log"]
RAY = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
SERVICE = {"SERVICE_THREADS": "1", "SERVICE_MAX_BATCH": "32", "SERVICE_DRAIN_S": "1"}
SERVICE["SERVICE_ANONYMOUS"] = "true"
SERVERS = [
    Server("fastapi", "FastAPI, `def`", 8560, [*UVICORN, "fastapi_app:app"], package="fastapi"),
    Server(
        "fastapi-async",
        "FastAPI, `async def`",
        8561,
        [*UVICORN, "fastapi_app:app"],
        "/predict-async",
        package="fastapi",
    ),
    Server(
        "service",
        "the reference service",
        8562,
        [*UVICORN, "--factory", "service_app:create_app"],
        package="fastapi",
        environment=SERVICE,
    ),
    Server(
        "litserve", "LitServe", 8563, ["{python}", "litserve_app.py", "{port}"], package="litserve"
    ),
    Server(
        "ray",
        "Ray Serve",
        8564,
        ["{python}", "ray_app.py", "{port}"],
        package="ray",
        environment=RAY,
    ),
    Server(
        "bentoml",
        "BentoML",
        8565,
        [
            "{python}",
            "-m",
            "bentoml",
            "serve",
            "bentoml_app:Digits",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
        ],
        package="bentoml",
        python="bentoml",
        environment={"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": "bento-home"},
    ),
    Server(
        "mlserver",
        "MLServer",
        8566,
        ["{python}", "-m", "mlserver.cli.main", "start", "mlserver"],
        "/v2/models/digits/infer",
        package="mlserver",
        python="mlserver",
    ),
    Server(
        "kserve",
        "KServe's model server",
        8567,
        ["{python}", "kserve_app.py", "--http_port", "{port}"],
        "/v2/models/digits/infer",
        package="kserve",
        python="kserve",
        namespace=True,
    ),
    Server(
        "torchserve",
        "TorchServe (retired)",
        8568,
        [
            "{python}",
            "-m",
            "ts.model_server",
            "--start",
            "--foreground",
            "--ncs",
            "--ts-config",
            "torchserve.properties",
            "--model-store",
            "store",
        ],
        "/predictions/digits",
        package="torchserve",
        python="torchserve",
    ),
    Server(
        "photo-fastapi",
        "FastAPI, `def`",
        8580,
        [*UVICORN, "photo_fastapi:app"],
        package="fastapi",
        model="photo",
    ),
    Server(
        "photo-fastapi-async",
        "FastAPI, `async def`",
        8581,
        [*UVICORN, "photo_fastapi:app"],
        "/predict-async",
        package="fastapi",
        model="photo",
    ),
    Server(
        "photo-service",
        "the reference service",
        8582,
        [*UVICORN, "--factory", "server:create_app"],
        "/v1/classify",
        package="fastapi",
        model="photo",
        environment={"SERVICE_DEADLINE_S": "10", "SERVICE_ANONYMOUS": "true"},
    ),
    Server(
        "photo-litserve",
        "LitServe",
        8583,
        ["{python}", "photo_litserve.py", "{port}"],
        package="litserve",
        model="photo",
    ),
    Server(
        "photo-ray",
        "Ray Serve",
        8584,
        ["{python}", "photo_ray.py", "{port}"],
        package="ray",
        model="photo",
        environment=RAY,
    ),
]
QUICK = ("fastapi", "service", "litserve")
FILES = {"digits": "servers", "photo": "servers-photo"}  # names of results and tables
FIRST = {"digits": "fastapi", "photo": "photo-fastapi"}  # what others are compared with


def python_of(server: Server) -> Path:
    if not server.python:
        return Path(sys.executable)
    return CACHE / server.python / "bin/python"


def install(names: list[str]) -> None:
    """Make the environments of those servers that have one of their own."""
    for name in names:
        if name not in OWN or (CACHE / name / "made").exists():
            continue
        print(f"installing {name} ...", flush=True)
        pip = [
            str(CACHE / name / "bin/python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        try:
            subprocess.run([sys.executable, "-m", "venv", str(CACHE / name)], check=True)
            subprocess.run([*pip, "torch==2.13.0", "numpy"], check=True, timeout=900)
            subprocess.run([*pip, "torch==2.13.0", *OWN[name]], check=True, timeout=900)
            (CACHE / name / "made").touch()
        except (OSError, subprocess.SubprocessError) as error:
            print(f"  failed: {short(error)}", flush=True)


def prepare(models: set[str]) -> dict[str, Path]:
    """A folder for each model, with all that its servers need."""
    folders = {}
    for model in sorted(models):
        folder = folders[model] = CACHE / "servers" / model
        folder.mkdir(parents=True, exist_ok=True)
        for path in (HERE / "servers").iterdir():
            if path.is_file():
                shutil.copy(path, folder)
        if model == "photo":
            shutil.copytree(
                BUNDLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
            )
            if not (folder / "artifact/manifest.json").exists():
                subprocess.run([sys.executable, "build.py"], cwd=folder, check=True, timeout=600)
            continue
        for path in (EXAMPLES / "tools/servers").glob("*.py"):
            shutil.copy(path, folder)
        subprocess.run([sys.executable, "build.py"], cwd=folder, check=True, timeout=300)
        shutil.rmtree(folder / "mlserver", ignore_errors=True)
        (folder / "mlserver").mkdir()
        shutil.copy(folder / "mlserver-settings.json", folder / "mlserver/settings.json")
        shutil.copy(
            folder / "mlserver-model-settings.json", folder / "mlserver/model-settings.json"
        )
        archiver = CACHE / "torchserve/bin/torch-model-archiver"
        if archiver.exists():
            (folder / "store").mkdir(exist_ok=True)
            command: list[str | Path] = [
                archiver,
                "--model-name",
                "digits",
                "--version",
                "1.0",
                "--handler",
                "torchserve_handler.py",
            ]
            command += [
                "--extra-files",
                "classifier.py,digits.pt2",
                "--export-path",
                "store",
                "--force",
            ]
            subprocess.run(command, cwd=folder, check=True, timeout=120)
    return folders


def question(server: Server, folder: Path) -> dict[str, Any]:
    """What the client sends, and what must stand in the answer."""
    if server.model == "photo":
        body, kind = (folder / "artifact/golden.jpg").read_bytes(), "image/jpeg"
        if "litserve" in server.key:
            body, kind = FORM % body, "multipart/form-data; boundary=x"
        return {"kind": kind, "body": body.hex(), "expected": '"label"'}
    from sklearn.datasets import load_digits

    pixels, expected = load_digits().data[1422].tolist(), '"digit":7'
    asked: dict[str, Any] = {"pixels": pixels}
    if server.key == "bentoml":
        asked, expected = {"pixels": [pixels]}, "7"
    elif server.key in ("mlserver", "kserve"):
        asked = {
            "inputs": [{"name": "pixels", "shape": [1, 64], "datatype": "FP32", "data": pixels}]
        }
        expected = '"data":[7]'
    elif server.key == "torchserve":
        expected = '"digit": 7'
    return {"kind": JSON, "body": json.dumps(asked).encode().hex(), "expected": expected}


class Running:
    """A server in its process group, and the client that asks it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.log = server, folder / f"{server.key}.log"
        python = python_of(server)
        if not python.exists():
            raise ToolError("not installed: run with --install")
        filled = [part.format(python=python, port=server.port) for part in server.command]
        environment = os.environ | server.environment
        environment["PATH"] = f"{python.parent}{os.pathsep}{environment['PATH']}"
        environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(BUNDLE)])
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        client = [sys.executable, str(HERE / "servers/client.py")]
        if server.namespace:
            if os.geteuid() or not shutil.which("unshare"):
                raise ToolError("not run: a network namespace of its own needs root")
            filled = [
                "unshare",
                "--net",
                "sh",
                "-c",
                'ip link set lo up && exec "$@"',
                "sh",
                *filled,
            ]
        self.began = time.monotonic()
        with self.log.open("w") as sink:
            self.process = subprocess.Popen(
                filled,
                cwd=folder,
                env=environment,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        self.family: dict[int, psutil.Process] = {}
        if server.namespace:
            time.sleep(0.3)  # until it is in there
            client = ["nsenter", f"--target={self.process.pid}", "--net", *client]
        log = folder / f"{server.key}-client.log"
        self.client = Process(client, log, {"PYTHONPATH": str(HERE)})
        self.client.send(port=server.port, path=server.path, **question(server, folder))

    def wait(self, seconds: float = START_S) -> float:
        """Seconds from the start of the process to the first right answer."""
        self.client.send(do="wait", seconds=seconds)
        end = time.monotonic() + seconds + 20
        while True:
            try:
                return float(self.client.read(max(1, end - time.monotonic()))["at"]) - self.began
            except ToolError as error:
                raise ToolError(f"{error}; {self.last_words()}") from None

    def last_words(self) -> str:
        lines = [
            line.strip()
            for line in self.log.read_text(errors="replace").splitlines()
            if line.strip()
        ]
        errors = [line for line in lines if "Error" in line or "error:" in line]
        return short((errors or lines or ["its log is empty"])[-1])

    def relatives(self) -> list[psutil.Process]:
        """All processes that the server has started and that still live."""
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(self.process.pid)
            for one in [parent, *parent.children(recursive=True)]:
                self.family.setdefault(one.pid, one)
        for one in psutil.process_iter():
            with contextlib.suppress(OSError):
                if os.getpgid(one.pid) == self.process.pid:
                    self.family.setdefault(one.pid, one)
        return [
            one
            for one in self.family.values()
            if one.is_running() and one.status() != psutil.STATUS_ZOMBIE
        ]

    def cpu_s(self) -> float:
        total = 0.0
        for one in self.relatives():
            with contextlib.suppress(psutil.Error):
                used = one.cpu_times()
                total += used.user + used.system
        return total

    def memory_mb(self) -> float:
        """Of all its processes; a page that several share counts once."""
        total = 0
        for one in self.relatives():
            with contextlib.suppress(psutil.Error):
                total += getattr(one.memory_full_info(), "pss", 0)
        return total / 1e6

    def load(self, clients: int, seconds: float, warm: float) -> dict[str, Any]:
        before = self.cpu_s()
        found = self.client.ask(
            seconds + warm + 60, do="load", clients=clients, seconds=seconds, warm=warm
        )
        answers = sum(found["seen"].values()) * (seconds + warm) / seconds
        return found | {"cpu_ms": (self.cpu_s() - before) * 1e3 / answers}

    def stop_under_load(self, limit: float) -> dict[str, Any]:
        """SIGTERM among the requests of eight clients: what becomes of them."""
        self.relatives()
        self.client.send(do="storm", clients=8, seconds=limit)
        time.sleep(1.5)
        family = self.relatives()
        first = min(family, key=lambda one: one.create_time())  # TorchServe's own has ended by now
        first.terminate()
        start, stopped = time.monotonic(), None
        while time.monotonic() < start + limit and stopped is None:
            self.process.poll()
            if not first.is_running() or first.status() == psutil.STATUS_ZOMBIE:
                stopped = time.monotonic() - start
            time.sleep(0.02)
        seen = self.client.read(60)["seen"]
        time.sleep(1)
        return {"seen": seen, "stopped_s": stopped, "left": len(self.relatives())}

    def close(self) -> None:
        """End the whole family, and whoever is in the process group."""
        self.client.kill()
        for one in self.relatives():
            with contextlib.suppress(psutil.Error):
                one.kill()
        end_group(self.process)


def visit(server: Server, folder: Path, seconds: float, warm: float) -> dict[str, Any]:
    """One round with one server, or how far it came."""
    found: dict[str, Any] = {"load_average": round(os.getloadavg()[0], 1)}
    running = None
    try:
        running = Running(server, folder)
        found["start_s"] = running.wait()
        # its answers take longer, too
        longer = 2 if server.model == "photo" and seconds >= 1 else 1
        found["load"] = {
            str(clients): running.load(clients, longer * seconds, longer * warm)
            for clients in LOADS
        }
        found["memory_mb"] = running.memory_mb()
        found["stop"] = running.stop_under_load(15 if seconds >= 1 else 4)
    except (ToolError, OSError, psutil.Error) as error:
        found["error"] = short(str(error))
    finally:
        if running:
            running.close()
    return found


def versions(servers: list[Server]) -> dict[str, dict[str, str]]:
    """Version and license of each package, from its own environment."""
    found = {}
    for server in servers:
        if server.package in found or not python_of(server).exists():
            continue
        code = (
            "import json,sys;sys.path.insert(0,sys.argv[1]);from importlib.metadata import version;"
            "from harness.installed import license;"
            "print(json.dumps({'version':version(sys.argv[2]),'license':license(sys.argv[2])}))"
        )
        command = [str(python_of(server)), "-c", code, str(HERE), server.package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found[server.package] = json.loads(done.stdout)
    return found


def chosen(options: Namespace, model: str) -> list[Server]:
    """The servers of a model that the options ask for."""
    keys = options.only or (QUICK if options.quick else [server.key for server in SERVERS])
    if options.model not in (None, model):
        return []
    return [server for server in SERVERS if server.key in keys and server.model == model]


def measure(options: Namespace, model: str) -> Result:
    """Visit every server of a model in each round."""
    servers = chosen(options, model)
    if options.install:
        install([server.python for server in servers])
    missing = {server.python for server in servers if not python_of(server).exists()}
    if missing and not is_partial(options) and options.results.resolve() == results.RESULTS:
        raise Refused(f"not installed: {', '.join(sorted(missing))}; run with --install")
    rounds, seconds, warm = (
        (1, 0.5, 0.2) if options.quick else (options.rounds, options.seconds, 0.5)
    )
    folder = prepare({model})[model]
    visits: dict[str, list[dict[str, Any]]] = {server.key: [] for server in servers}
    for number_ in range(rounds):
        turn = number_ * len(servers) // rounds  # nobody is always the first
        for server in servers[turn:] + servers[:turn]:
            if any("error" in one for one in visits[server.key]):
                continue  # failed once: the others need the time
            found = visit(server, folder, seconds, warm)
            visits[server.key].append(found)
            text = found.get("error") or f"start {found['start_s']:.1f} s, " + ", ".join(
                f"{c}: {p['per_s']:.0f}/s" for c, p in found["load"].items()
            )
            print(f"round {number_ + 1}, {server.key}: {text}", file=sys.stderr, flush=True)
    return {
        "rounds": rounds,
        "seconds": seconds,
        "packages": versions(servers),
        "visits": visits,
    }


def middle(values: list[float]) -> float:
    return statistics.median(values)


def good(result: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [one for one in result["visits"].get(key, []) if "error" not in one]


def busy(result: dict[str, Any]) -> str:
    """A warning, if others used the machine at the same time."""
    loads = [
        visit["load_average"]
        for visits in result["visits"].values()
        for visit in visits
        if "load_average" in visit
    ]
    if not loads or middle(loads) <= 3 * machine.facts(result).cores:
        return ""
    return (
        "**The machine was busy with other work during this run: "
        "what failed may have failed for that,"
        " and rates and latencies say little. Processor time a request, "
        "memory and losses say more.**\n"
    )


def speed(result: dict[str, Any], model: str) -> str:
    """Ratios within a round first, then what they are ratios of."""
    rows: list[list[str | None]] = []
    base = result["visits"].get(FIRST[model], [])
    for server in SERVERS:
        if server.model != model or server.key not in result["visits"]:
            continue
        own = result["visits"][server.key]
        if not good(result, server.key):
            rows.append([server.title, f"failed: {own[0]['error']}", *[None] * 6])
            continue
        cells: list[str | None] = [server.title]
        for clients in map(str, LOADS):
            pairs = [
                (a["load"][clients]["per_s"], b["load"][clients]["per_s"])
                for a, b in zip(own, base, strict=False)
                if "error" not in a and "error" not in b
            ]
            rate = middle([one["load"][clients]["per_s"] for one in good(result, server.key)])
            if server.key == FIRST[model]:
                cells.append(f"1 ({number(rate)}/s)")
            elif pairs:
                cells.append(f"{ratio(spread([a / b for a, b in pairs]))}")
            else:
                cells.append(f"{number(rate)}/s")
            tails = (
                [one["load"][clients][name] for one in good(result, server.key)]
                for name in ("p50_ms", "p99_ms")
            )
            cells.append(
                ", ".join("n/a" if None in values else number(middle(values)) for values in tails)
            )
        cells.append(
            number(middle([one["load"]["32"]["cpu_ms"] for one in good(result, server.key)]))
        )
        rows.append(cells)
    how = (
        f"Medians of {result['rounds']} rounds (quartiles), "
        "in each of which every server was started anew and asked for"
        f" {result['seconds'] * (2 if model == 'photo' else 1):g} s at each load; "
        "ratios to FastAPI's `def` in the same round. The client shares the cores."
    )
    heads = ["Server", "1 client: requests/s", "p50, p99 ms", "8 clients", "p50, p99 ms"]
    heads += ["32 clients", "p50, p99 ms", "CPU ms a request, at 32"]
    return results.table(heads, rows) + under(result, how)


def under(result: Result, how: str) -> str:
    """What stands under a table."""
    return "\n".join(["", busy(result), machine.note(result, how, SCRIPT)])


def operation(result: dict[str, Any], model: str) -> str:
    """Start, memory and the end."""
    rows: list[list[str]] = []
    for server in SERVERS:
        own = good(result, server.key)
        if server.model != model or server.key not in result["visits"]:
            continue
        package = result["packages"].get(server.package, {"version": "", "license": ""})
        cells = [server.title, f"{package['version']}, {package['license']}"]
        if not own:
            failed = "failed: " + result["visits"][server.key][0]["error"]
            rows.append([*cells, failed, *[""] * 4])
            continue
        ends = [one["stop"] for one in own]
        seen = {"200": 0, "lost": 0, "refused": 0}
        for end in ends:
            for status, count in end["seen"].items():
                broken = status.startswith("5") and status != "503"
                lost = broken or status in ("lost", "hangs", "wrong")
                name = "200" if status == "200" else "lost" if lost else "refused"
                seen[name] += count
        stopped = [end["stopped_s"] for end in ends if end["stopped_s"] is not None]
        cells += [
            number(middle([one["start_s"] for one in own])),
            number(middle([one["memory_mb"] for one in own])),
            f"{seen['200']:,}, {seen['refused']:,}, **{seen['lost']:,}**",
            number(middle(stopped)) if len(stopped) == len(ends) else "not within 15 s",
            str(max(end["left"] for end in ends)),
        ]
        rows.append(cells)
    how = (
        "Memory of all processes after the load, shared pages counted once. "
        "SIGTERM to the first process while eight clients"
        f" ask, a connection for each request; sums of {result['rounds']} rounds. "
        "Lost: accepted and never answered, or answered with a 500."
    )
    heads = ["Server", "Version, license", "Start to first answer, s", "Memory, MB"]
    heads += ["On SIGTERM: answered, refused, lost", "Stopped after, s", "Processes left"]
    return results.table(heads, rows, "llrrrrr") + under(result, how)


def tables(result: Result, model: str) -> dict[str, str]:
    name = FILES[model]
    return {name: speed(result, model), f"{name}-operation": operation(result, model)}


def is_partial(options: Namespace) -> bool:
    """Whether only some servers of a model are asked for."""
    return bool(options.only or options.quick)


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=[server.key for server in SERVERS])
    parser.add_argument("--model", choices=FILES, help="only the servers with this model")
    parser.add_argument(
        "--install", action="store_true", help="make missing environments first (some GB)"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)


BENCHMARKS = [
    Benchmark(
        name,
        SCRIPT,
        partial(measure, model=model),
        partial(tables, model=model),
        arguments=arguments,
        partial=is_partial,
    )
    for model, name in FILES.items()
]


def main() -> None:
    """Both models, one after another."""
    for model, benchmark in zip(FILES, BENCHMARKS, strict=True):
        options = benchmark.parser(__doc__).parse_args()
        if options.tables or chosen(options, model):
            benchmark.main(__doc__)


if __name__ == "__main__":
    main()
