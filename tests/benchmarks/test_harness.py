"""What the harness of the benchmarks promises: honest rounds, loads, services and refusals."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import load, machine, results, rounds, script, service
from harness.process import ToolError

from tests.waiting import run_coroutine

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_every_variant_has_its_turn_in_each_round() -> None:
    seen: list[str] = []
    calls = {name: lambda name=name: seen.append(name) for name in "ab"}
    times = rounds.take_turns(calls, rounds=2, warm_up=1)
    assert "".join(seen) == "ababab"
    assert {name: len(values) for name, values in times.items()} == {"a": 2, "b": 2}


def test_a_timer_settles_and_takes_the_mean() -> None:
    clock = itertools.count()  # a second passes with every look at it
    seen: list[int] = []
    timed = rounds.timer(lambda: seen.append(1), repeat=4, settle=True, clock=lambda: next(clock))
    assert timed() == 1000 / 4
    assert len(seen) == 5


def test_ratios_are_of_one_round_each() -> None:
    assert rounds.ratios([2.0, None, 6.0], [1.0, 1.0, 2.0]) == [2.0, 3.0]


def test_an_interval_of_one_round_is_that_round() -> None:
    assert rounds.spread([2.0]) == {"median": 2.0, "q1": 2.0, "q3": 2.0}


@pytest.mark.parametrize(("count", "known"), [(499, False), (500, True)])
def test_a_p99_needs_500_requests(count: int, known: bool) -> None:
    value = load.quantile([float(n) for n in range(count)], 0.99)
    assert (value is not None) == known
    assert load.shown(value) == ("494.0" if known else "n/a")


def test_a_quantile_of_what_was_not_answered_is_none() -> None:
    assert load.quantile([1.0, float("inf"), float("inf")], 0.5) is None


def test_open_loop_times_from_when_a_request_was_due() -> None:
    """One slow server: requests that wait for it are late, although each takes no longer."""

    async def measured() -> load.Load:
        lock = asyncio.Lock()

        async def send(number: int, due: float) -> str:
            async with lock:
                await asyncio.sleep(0.02)
            if number == 3:
                raise ValueError("lost")
            return "ok"

        return await load.open_loop(send, rate=1000, count=10)

    done = run_coroutine(measured())
    assert done.ms[9] > 5 * 20 and done.ms[3] == float("inf")
    assert done.counts() == {"ValueError": 1, "ok": 9}
    assert done.percentiles()["p99_ms"] is None and done.percentiles()["requests"] == 10


def test_clients_of_a_closed_loop_wait_for_their_answers() -> None:
    inside, most = 0, 0

    async def send(number: int, due: float) -> int:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return number

    done = run_coroutine(load.closed_loop(send, clients=3, count=20))
    assert done.answers == list(range(20)) and most == 3


def shares(*values: float) -> Any:
    given: Iterator[float] = iter(values)
    return lambda: next(given)


def test_a_busy_machine_is_waited_for() -> None:
    assert machine.wait_until_quiet(60, use=shares(0.4, 0.2, 0.01)) == {"others_at_start": 0.01}


def test_a_machine_that_stays_busy_is_refused() -> None:
    with pytest.raises(machine.Refused, match=r"other processes use 40%.*--allow-busy"):
        machine.wait_until_quiet(0, use=shares(0.4))


def test_a_busy_machine_that_is_allowed_marks_the_result() -> None:
    about = machine.wait_until_quiet(0, allow_busy=True, use=shares(0.4))
    assert about == {"others_at_start": 0.4, "busy": True}
    result = {"environment": machine.environment([]) | about}
    assert "**taken on a busy machine**" in machine.note(result, "Once.", "x.py")


def test_own_work_is_not_that_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds of all CPUs, of which a child of this process used all but half a second."""
    monkeypatch.setattr(machine, "cpu_seconds", shares(10.0, 12.0))
    monkeypatch.setattr(machine, "own_seconds", shares(1.0, 2.5))
    monkeypatch.setattr(time, "monotonic", shares(0.0, 4.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert machine.use_by_others(0) == 0.5 / 4 / 2


def test_children_count_as_own() -> None:
    code = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
    child = subprocess.Popen(
        [sys.executable, "-c", code + "print(flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout and child.stdin
    child.stdout.readline()
    with_child = machine.own_seconds()
    child.stdin.close()
    child.wait()
    assert with_child - machine.own_seconds() > 0.2
    child.stdout.close()


def test_a_slow_baseline_needs_an_explanation() -> None:
    slow = machine.Baseline("eager", flops=1e9, ms=100, threads=1)
    with pytest.raises(machine.Refused, match=r"eager: 10\.0 GFLOP/s.*reaches 100\.0"):
        machine.check_baseline(slow, measure=lambda threads: 100.0)
    explained = machine.Baseline("eager", 1e9, 100, 1, "bound by memory")
    checked = machine.check_baseline(explained, measure=lambda threads: 100.0)
    assert checked["share"] == 0.1 and checked["explanation"] == "bound by memory"
    assert machine.check_baseline(slow, measure=lambda threads: 19.0)["share"] > 0.5


def test_a_matrix_product_is_measured_on_the_spot() -> None:
    assert machine.gemm_gflops(1, side=64, rounds=2) > 0


@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_quotas_of_both_versions(tmp_path: Path, files: dict[str, str], cpus: float | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert machine.quota(tmp_path) == cpus


def test_a_service_is_ready_and_ends_with_its_group(tmp_path: Path) -> None:
    port = service.free_port()
    server = service.Service([sys.executable, "-c", SERVER, str(port)], port, tmp_path)
    try:
        server.wait_until_ready(60)
    finally:
        server.stop()
    assert server.process.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.killpg(server.process.pid, 0)


def test_a_service_that_dies_shows_its_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no artifact here')"]
    server = service.Service(command, service.free_port(), tmp_path)
    with pytest.raises(ToolError, match="ended with 1:\nno artifact here"):
        server.wait_until_ready(60)
    server.stop()


def test_a_service_that_stays_silent_is_given_up(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    server = service.Service(command, service.free_port(), tmp_path)
    with pytest.raises(ToolError, match="not ready"):
        server.wait_until_ready(0.2)
    server.stop(0)


def test_an_interrupted_result_leaves_the_one_before(tmp_path: Path) -> None:
    results.write("x", {"a": 1}, tmp_path)
    with pytest.raises(TypeError):
        results.write("x", {"a": object()}, tmp_path)
    assert results.read("x", tmp_path) == {"a": 1}


def example(**given: Any) -> script.Benchmark:
    more: dict[str, Any] = {"quiet": False, "figures": lambda result: {"a/ms": result["ms"]}}
    return script.Benchmark(
        "example",
        "benchmarks/example.py",
        lambda options: {"ms": 1 if options.quick else 2},
        lambda result: {"example": f"{result['ms']} ms\n"},
        packages=(),
        **(more | given),
    )


def test_a_whole_run_writes_result_and_tables(tmp_path: Path) -> None:
    example().main("", ["--results", str(tmp_path)])
    result = json.loads((tmp_path / "example.json").read_text())
    assert result["figures"] == {"a/ms": 2} and "measured" in result["caption"]
    assert {"load_at_start", "load_at_end", "allocator", "quota"} <= set(result["environment"])
    assert (tmp_path / "example.md").read_text() == "2 ms\n"


def test_a_partial_run_leaves_the_results_of_the_handbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    example().main("", ["--quick"])
    example(partial=lambda options: True).main("", [])
    assert not list(tmp_path.iterdir())


def test_a_slow_baseline_is_not_written(tmp_path: Path) -> None:
    slow = machine.Baseline("eager", flops=1, ms=1000, threads=1)
    with pytest.raises(machine.Refused):
        example(baseline=lambda result: slow).main("", ["--results", str(tmp_path)])
    assert not list(tmp_path.iterdir())


def test_a_busy_machine_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "use_by_others", lambda: 0.9)
    monkeypatch.setattr(machine.wait_until_quiet, "__defaults__", (False, machine.use_by_others))
    busy = example(quiet=True)
    with pytest.raises(machine.Refused):
        busy.main("", ["--results", str(tmp_path), "--wait", "0"])
    busy.main("", ["--results", str(tmp_path), "--allow-busy"])
    assert results.read("example", tmp_path)["environment"]["busy"]


def test_memory_that_changed_its_speed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.wait_until_quiet, "__defaults__", (False, lambda: 0.0))
    for rates, said in (([10.0, 6.0], True), ([10.0, 9.0], False)):
        monkeypatch.setattr(machine, "copy_rate", shares(*rates))
        example(quiet=True).main("", ["--results", str(tmp_path)])
        line = machine.facts(results.read("example", tmp_path)).line
        assert "memory copied at 10.0 to" in line and ("speed changed" in line) is said


def test_memory_is_copied_on_the_spot() -> None:
    assert machine.copy_rate(size=2**20, rounds=2) > 0


def test_a_work_folder_has_what_the_page_uses() -> None:
    before = Path.cwd()
    with script.work_folder("best-practices/load-testing") as folder:
        assert Path.cwd() == folder
        assert (folder / "loadgen.py").exists() and (folder / "server.py").exists()
        assert sys.path[0] == str(folder)
    assert Path.cwd() == before and not folder.exists()
