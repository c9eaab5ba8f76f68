"""What a whole run knows: builds that pages share,
pages left out because they are slow, progress, the slowest.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fenceproof import record
from fenceproof.integration.progress import EVERY_S, Progress, slowest
from fenceproof.project import find_project
from fenceproof.run import pace
from fenceproof.run.pace import patience
from tests.engine.small_handbook import Handbook, outcomes

MAKE = """\
from pathlib import Path

with open("{log}", "a") as log:
    log.write("made\\n")
Path("out").mkdir()
Path("out/made.txt").write_text(Path("input.txt").read_text().upper())
print("made of", Path("input.txt").read_text().strip(), sorted(p.name for p in Path().iterdir()))
"""
USER = """\
---
title: {name}
uses: shop
---

# {name}

<!-- test: file -->
```python title="own-{name}.py"
x = 1
```
{before}
<!-- test: build -->
```console
$ python make.py
made of some ['input.txt', 'make.py', 'out']
```

```console
$ cat out/made.txt
SOME
$ ls
input.txt
make.py
out
own-{name}.py
```
"""


@pytest.fixture
def shop(handbook: Handbook) -> Path:
    """A used folder whose program notes each time that it runs; returns the note."""
    log = handbook.root / "log.txt"
    handbook.write("examples/shop/make.py", MAKE.format(log=log))
    handbook.write("examples/shop/input.txt", "some\n")
    return log


@pytest.mark.parametrize("workers", ["0", "2"])
def test_two_pages_share_a_build_and_see_nothing_of_each_other(
    handbook: Handbook, shop: Path, workers: str
) -> None:
    for name in ("a", "b"):
        handbook.page(name, USER.format(name=name, before=""))
    done = handbook.run("docs", "-n", workers)
    assert done.returncode == 0, done.stdout
    assert shop.read_text() == "made\n"


def test_a_build_is_made_again_for_another_variable_and_for_the_next_run(
    handbook: Handbook, shop: Path
) -> None:
    handbook.page("a", USER.format(name="a", before=""))
    handbook.page("b", USER.format(name="b", before="\n```console\n$ export SIZE=2\n```\n"))
    for runs in (1, 2):
        done = handbook.run("docs")
        assert done.returncode == 0, done.stdout
        assert shop.read_text() == "made\n" * 2 * runs


def test_a_build_that_fails_is_not_kept(handbook: Handbook, shop: Path) -> None:
    handbook.write("examples/shop/input.txt", "other\n")
    handbook.write(
        "examples/shop/make.py",
        f"open({str(shop)!r}, 'a').write('tried\\n')\nraise SystemExit('no input')\n",
    )
    for name in ("a", "b"):
        handbook.page(name, USER.format(name=name, before=""))
    done = handbook.run("docs")
    assert done.returncode == 1 and shop.read_text() == "tried\n" * 2
    assert "docs/a.md:15: $ python make.py" in done.stdout and "no input" in done.stdout


def test_a_page_and_those_that_build_on_it_share_its_build(handbook: Handbook) -> None:
    handbook.write("examples/base/input.txt", "some\n")
    handbook.write("examples/maker/make.py", MAKE.format(log=handbook.root / "log.txt"))
    # the sections that each page runs: both have them, and they differ
    for folder in ("base", "maker"):
        handbook.write(f"examples/{folder}/main.py", f"x = {folder!r}\n")
    made_of = "['input.txt', 'main.py', 'make.py', 'out']"
    block = (
        "<!-- test: build=maker -->\n```console\n$ python make.py\n"
        f"made of some {made_of}\n```\n\n```console\n$ cat main.py\n"
    )
    shown = (
        '<!-- test: file -->\n```python title="make.py"\n--8<-- "examples/maker/make.py"\n```\n\n'
    )
    handbook.page(
        "maker", f"---\ntitle: M\nuses: base\n---\n\n# M\n\n{shown}{block}x = 'base'\n```\n"
    )
    handbook.page(
        "user", f"---\ntitle: U\nuses: [base, maker]\n---\n\n# U\n\n{block}x = 'maker'\n```\n"
    )
    done = handbook.run("docs")
    assert done.returncode == 0, done.stdout
    assert (handbook.root / "log.txt").read_text() == "made\n"


def test_a_build_refuses_files_that_the_page_has_changed(handbook: Handbook, shop: Path) -> None:
    handbook.page(
        "a", USER.format(name="a", before="\n```console\n$ echo changed > input.txt\n```\n")
    )
    done = handbook.run("docs")
    assert done.returncode == 1
    assert (
        "docs/a.md:18: the page has changed input.txt, which a shared build takes from examples/"
        in done.stdout
    )


def test_the_plugin_needs_no_xdist(handbook: Handbook) -> None:
    handbook.page("p", "```python\nx = 1\n```\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "fenceproof", "-p", "timeout", "docs"]
    done = handbook.start(command)
    assert outcomes(done) == {"passed": 1}, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<!-- test: build -->\n```python\nx = 1\n```\n", "a build is a console fence"),
        (
            "<!-- test: build -->\n```console\n$ true\n```\n",
            "a build needs `uses:` in the front matter",
        ),
        (
            "<!-- test: build=other -->\n```console\n$ true\n```\n",
            "build=other: neither this page nor among its `uses:`",
        ),
        ("---\nvaries: cpu\n---\n\n# P\n", "varies must be isa"),
        ("---\nslow: perhaps\n---\n\n# P\n", "slow must be true or false"),
    ],
)
def test_incomplete_build_or_front_matter_is_refused(
    handbook: Handbook, page: str, message: str
) -> None:
    handbook.page("p", page)
    done = handbook.run("docs")
    assert done.returncode == 1 and message in done.stdout and "docs/p.md:" in done.stdout


SLOW = (
    "---\ntitle: S\nslow: true\n---\n\n# S\n\n```python\nprint(1)\n```\n\n"
    '```text title="Output"\n1\n```\n'
)


def test_a_slow_page_is_left_out_only_while_its_record_is_current(handbook: Handbook) -> None:
    handbook.page("s", SLOW)
    handbook.page("quick", "```python\nx = 1\n```\n")
    first = handbook.run("docs", "--record")
    assert first.returncode == 0 and "3 blocks on 2 pages" in first.stdout, first.stdout
    second = handbook.run("docs")
    assert "1 blocks on 1 pages" in second.stdout
    assert (
        "1 slow pages not run, since nothing changed since their record "
        "(--slow runs them): docs/s.md"
    ) in second.stdout
    for arguments in (["docs", "--slow"], ["docs/s.md", "docs/quick.md"]):
        assert "3 blocks on 2 pages" in handbook.run(*arguments).stdout
    handbook.page("s", SLOW.replace("print(1)", "print(1)  # changed"))
    assert "3 blocks on 2 pages" in handbook.run("docs").stdout


def test_what_a_page_holds_in_memory_ends_with_it(handbook: Handbook) -> None:
    handbook.page(
        "a",
        "```python\nimport sys, weakref\n\n\nclass Model:\n    pass\n\n\nmodel = Model()\n"
        "sys.left_by_a_page = weakref.ref(model)\n```\n",
    )
    handbook.page("b", "```python\nimport sys\n\nassert sys.left_by_a_page() is None\n```\n")
    shown = handbook.run("docs")
    assert shown.returncode == 0, shown.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="reads the signal stack as Linux has it")
def test_a_signal_stack_that_a_page_frees_is_not_that_of_the_next(handbook: Handbook) -> None:
    handbook.page(
        "a",
        "```python\nimport ctypes, mmap\n\nfrom fenceproof.run.signals import Stack, use\n\n"
        "memory = mmap.mmap(-1, 65536)\n"
        "address = ctypes.addressof(ctypes.c_char.from_buffer(memory))\n"
        "use(Stack(address, 0, 65536))\n"
        "ctypes.CDLL(None).munmap(ctypes.c_void_p(address), ctypes.c_size_t(65536))\n```\n",
    )
    handbook.page(
        "b",
        "```python\nimport os, signal\n\n"
        "signal.signal(signal.SIGUSR1, lambda *_: print('handled'))\n"
        'os.kill(os.getpid(), signal.SIGUSR1)\n```\n\n```text title="Output"\nhandled\n```\n',
    )
    shown = handbook.run("docs")
    assert shown.returncode == 0, shown.stdout


def test_the_path_of_an_imported_package_stays_and_that_of_a_page_does_not(
    handbook: Handbook,
) -> None:
    handbook.page(
        "a",
        "```python\nimport sys, sysconfig\n\n"
        "sys.path += [sysconfig.get_path('purelib') + '/extended', '/own']\n```\n",
    )
    handbook.page(
        "b",
        "```python\nimport sys, sysconfig\n\n"
        "assert sysconfig.get_path('purelib') + '/extended' in sys.path\n"
        "assert '/own' not in sys.path\n```\n",
    )
    shown = handbook.run("docs")
    assert shown.returncode == 0, shown.stdout


def test_pages_run_in_an_order_drawn_with_a_seed(handbook: Handbook) -> None:
    for name in "abcdef":
        handbook.page(name, "```python\nx = 1\n```\n\n```python\nx += 1\n```\n")

    def order(*arguments: str) -> str:
        shown = handbook.run("docs", "-vv", *arguments)
        assert shown.returncode == 0, shown.stdout
        pages = re.findall(r"^docs/(\w)\.md::", shown.stdout, re.MULTILINE)
        assert pages[::2] == pages[1::2], "a page is not split"
        return "".join(pages[::2])

    first, again, other = order("--shuffle=1"), order("--shuffle=1"), order("--shuffle=2")
    assert order() == "abcdef"
    assert first == again != other
    assert sorted(first) == sorted(other) == list("abcdef")


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        ("fpu sse4_2 avx avx2 fma", "AVX2"),
        ("avx2 avx512f avx512_vnni", "AVX2, VNNI"),
        ("avx2 avx_vnni", "AVX2, VNNI"),
        ("avx2 avx512_vnni amx_bf16 amx_tile amx_int8", "AVX2, VNNI, AMX"),
        ("sse2", ""),
    ],
)
def test_the_instruction_set_is_read_from_the_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, names: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    path = tmp_path / "cpuinfo"
    path.write_text(
        f"processor : 0\nmodel name : CPU\nflags : {flags}\n\nprocessor : 1\nflags : {flags}\n"
    )
    assert record.instruction_set(path) == names
    assert record.instruction_set(tmp_path / "none") == ""


def environments(handbook: Handbook, name: str) -> dict[str, dict[str, object]]:
    entries: dict[str, dict[str, object]] = json.loads(
        (handbook.root / f"records/{name}.json").read_text()
    )["environments"]
    return entries


def test_a_record_notes_the_instruction_set_and_is_current_on_another(handbook: Handbook) -> None:
    handbook.page("p", "```python\nx = 1\n```\n")
    handbook.page("v", "---\ntitle: V\nvaries: isa\n---\n\n# V\n\n```python\nx = 1\n```\n")
    assert handbook.run("docs", "--record").returncode == 0
    here = record.instruction_set()
    for name in ("p", "v"):
        ((key, entry),) = environments(handbook, name).items()
        assert entry.get("isa", "") == here
        assert key.endswith(f", {here}") is (name == "v")
        path = handbook.root / f"records/{name}.json"
        # as if another machine had recorded it
        path.write_text(path.read_text().replace(here, "AVX2, AMX"))
    done = handbook.run("docs", "--changed", "--record")
    assert (
        "1 blocks on 1 pages" in done.stdout
        and "1 pages unchanged" in done.stdout
        and "recorded v" in done.stdout
    )
    assert len(environments(handbook, "p")) == 1 and len(environments(handbook, "v")) == 2


def test_progress_says_now_and_then_how_much_is_left() -> None:
    clock = iter([0.0, 10.0, EVERY_S + 1, EVERY_S + 2, 2 * EVERY_S + 2])
    progress = Progress(
        {"a.md": 30.0, "b.md": 1.0, "c.md": 93.0, "d.md": 1.0}.__getitem__, lambda: next(clock)
    )
    progress.expect(["a.md::1", "a.md::2", "b.md::1", "c.md::1", "d.md::1"])
    # a second worker, the same items
    progress.expect(["a.md::1", "a.md::2", "b.md::1", "c.md::1", "d.md::1"])
    assert progress.ended("a.md::1") is None  # the page has not ended
    # a worker in place of one that died
    progress.expect(["a.md::1", "a.md::2", "b.md::1", "c.md::1", "d.md::1"])
    assert progress.ended("a.md::2") == "1 of 4 pages, about 2 min left"  # 31 s for 30 of 125
    assert progress.ended("b.md::1") is None  # said a second ago
    assert progress.ended("d.md::1") == "3 of 4 pages, about 3 min left"


def test_the_slowest_pages_are_named_with_their_share() -> None:
    assert slowest({"a": 1.0, "b": 7.0, "c": 2.0}, 2) == ["   7.0 s   70%  b", "   2.0 s   20%  c"]


def budget(handbook: Handbook, text: str) -> subprocess.CompletedProcess[str]:
    handbook.write("budget.toml", text)
    return handbook.fenceproof("budget")


def test_a_budget_names_what_is_over_it(handbook: Handbook) -> None:
    for name in "abs":
        handbook.page(name, SLOW if name == "s" else "```python\nx = 1\n```\n")
    assert handbook.run("docs", "--record").returncode == 0
    for name, took in (("a", 3.0), ("b", 1.0), ("s", 900.0)):
        path = handbook.root / f"records/{name}.json"
        path.write_text(re.sub(r'"seconds": [\d.]+', f'"seconds": {took}', path.read_text()))
    done = budget(handbook, "total = 10\npage = 2\nslow_pages = 1\n[pages]\na = 3\n")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    for text, message in (
        ("total = \n", "budget.toml: "),
        ("total = 3\npage = 2\n", "budget.toml:1: says nothing of slow_pages"),
    ):
        done = budget(handbook, text)
        assert done.returncode == 1 and message in done.stdout and not done.stderr
    done = budget(handbook, "total = 3\npage = 2\nslow_pages = 0\n[pages]\ngone = 3\n")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "docs/a.md:1: 3 s by its record, 2 s in budget.toml",
        "budget.toml:5: no quick page gone",
        "budget.toml:3: 1 slow pages, 0 allowed: s",
        "budget.toml:1: 4 s in all by the records, 3 s allowed",
    ]


def test_doctor_prints_one_line_for_each_thing_that_is_missing(handbook: Handbook) -> None:
    handbook.write(
        "pyproject.toml",
        '[tool.fenceproof.tools]\nno-such-tool = "its blocks are skipped"\nsh = "never told"\n'
        '[tool.fenceproof.packages]\nno-such-package = "pages fail"\n',
    )
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        handbook.page("a", f"```python\naddress = '127.0.0.1:{port}'\n```\n")
        ran = handbook.fenceproof("doctor")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "note: no no-such-tool on this machine: its blocks are skipped",
        "note: no-such-package is not installed: pages fail",
        f"note: port {port} is in use on this machine: docs/a.md:3 fails",
    ]


def test_the_tools_of_the_pages_are_known_to_doctor() -> None:
    tools = find_project(Path(__file__)).settings["tools"]
    assert {"g++", "chromium", "curl", "nginx", "npm", "nvidia-smi"} <= tools.keys()


ABOVE = (
    "<!-- test: timeout=1 -->\n```python\nimport time\nend = time.monotonic() + 1.5\n"
    "while time.monotonic() < end:\n    pass\n```\n"
)


@pytest.mark.parametrize(("factor", "code"), [("1", 1), ("50", 0)])
def test_limits_on_time_grow_with_the_factor_of_the_run(
    handbook: Handbook, monkeypatch: pytest.MonkeyPatch, factor: str, code: int
) -> None:
    monkeypatch.setenv(pace.FACTOR, factor)
    handbook.page("a", ABOVE)
    ran = handbook.run()
    assert ran.returncode == code, ran.stdout
    assert ("was 50.0 times slower" in ran.stdout) == (code == 0)


def test_the_factor_is_measured_once_a_run_and_is_never_below_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(pace.FACTOR, raising=False)
    monkeypatch.setattr(pace, "QUIET_S", 1e9)
    assert pace.measure() == 1.0
    monkeypatch.setattr(pace, "QUIET_S", 1e-9)
    with pace.measure_once(1):
        assert patience(2.0) == 2 * pace.MOST
        monkeypatch.setattr(pace, "QUIET_S", 1e9)
        assert patience(2.0) == 2 * pace.MOST
    assert pace.FACTOR not in os.environ
