"""The contract between page, run, record and site, on small handbooks."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import zipfile
from io import BytesIO

import pytest

from fenceproof.compare import matches, parse_tolerance
from fenceproof.downloads import write_downloads
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from tests.engine.small_handbook import (
    MKDOCS,
    PYPROJECT,
    Handbook,
    build,
    outcomes,
    running,
)

BROKEN = """\
# --8<-- [start:deep]
def inner(y):
    return y / 0


def outer(x):
    return inner(x)
# --8<-- [end:deep]
"""


@pytest.mark.parametrize(
    ("want", "got", "tolerance", "same"),
    [
        ("3.14", "3.1415926", None, True),
        ("3.14", "3.146", None, False),
        ("3.1", "3", None, False),
        ("3.0", "3", None, True),
        ("loss 0.50 of 12", "loss 0.4999 of 12", None, True),
        ("loss 0.50 of 12", "loss 0.4999 of 13", None, False),
        ("12", "13", {1: 2}, True),
        ("12", "15", {1: 2}, False),
        ("12\n12", "13\n13", {1: 2}, False),
        ("a 1 of 3\nb 2.5", "a 2 of 3\nb 2.5", {1: 1}, True),
        ("a 1 of 3\nb 2.5", "a 1 of 3\nb 2.6", {1: 1}, False),
        ("a 1\nb 2.5\nc 7", "a 1\nb 2.7\nc 7", {2: 0.3, 3: 1}, True),
        ("a 1\n...\nc 7", "a 1\nx\ny\nc 8", {3: 1}, True),
        ("1e-05", "1.4e-05", None, True),
        ("1e-05", "1.6e-05", None, False),
        ("a\n...\nz", "a\nb\nc\nz", None, True),
        ("a...z", "ab", None, False),
        ("<object at 0x...>", "<object at 0x7f7e40001234>", None, True),
        ("torch 2.13.0", "torch 2.13.0", None, True),
        ("torch 2.13.0", "torch 2.14.0", None, False),
        ("v1.5", "v1.4999", None, False),
        ("nan 0.50", "nan nan", None, False),
        ("x  \ny", "x\ny  ", None, True),
    ],
)
def test_comparison(want: str, got: str, tolerance: dict[int, float] | None, same: bool) -> None:
    assert matches(want, got, tolerance) is same


def test_tolerances_are_for_lines() -> None:
    assert parse_tolerance("2: 0.5") == {2: 0.5}
    assert parse_tolerance("2: 0.5, 4-6: 1") == {2: 0.5, 4: 1, 5: 1, 6: 1}
    with pytest.raises(ValueError, match="could not convert"):
        parse_tolerance("2: x")
    for text in ("0.5", "2: 0.5, 1"):
        with pytest.raises(ValueError, match="without a line"):
            parse_tolerance(text)


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ("```python\nx = 1\nraise KeyError('here')\n```\n", ["docs/p.md:5: in <module>"]),
        (
            '```python\n--8<-- "examples/b.py:deep"\n\nouter(1)\n```\n',
            ["docs/p.md:6: in <module>", "examples/b.py:7: in outer", "examples/b.py:3: in inner"],
        ),
        (
            '=== "Tab"\n\n    ```python\n    --8<-- "examples/b.py:deep"\n    inner(1)\n    ```\n',
            ["docs/p.md:7: in <module>", "examples/b.py:3: in inner"],
        ),
        (
            "- item\n\n    ```python\n    def f():\n        return {}['k']\n\n\n    f()\n    ```\n",
            ["docs/p.md:10: in <module>", "docs/p.md:7: in f"],
        ),
        ("> ```python\n> raise ValueError\n> ```\n", ["docs/p.md:4: in <module>"]),
    ],
)
def test_failures_point_at_the_line_to_edit(
    handbook: Handbook, body: str, places: list[str]
) -> None:
    handbook.write("examples/b.py", BROKEN)
    handbook.page("p", body)
    output = handbook.run().stdout
    for place in places:
        file, _, rest = place.partition(":")
        assert re.search(rf"(^|/){re.escape(file)}:{re.escape(rest)}$", output, re.MULTILINE), (
            output
        )


EVERYTHING = """\
```python title="first.py" hl_lines="1"
import sys

value = 20 / 3  # (1)!
print(value)
```

1. An annotation.

```text title="Output"
6.667
```

``` { .python .annotate }
import asyncio
await asyncio.sleep(0)
assert sys.modules["__main__"].value == value
value + "1"
```

```text title="Error"
TypeError: unsupported operand type(s) for +: ...
```

```python
import warnings
warnings.warn("the old way", FutureWarning)
```

```text title="Warning"
FutureWarning: the old way
```

<!-- test: file -->
```python title="app.py"
import sys

print("hello", *sys.argv[1:])
```

```console
$ python app.py world
hello world
$ export WHO=$(cat <<END
> you
> END
> )
$ python app.py $WHO
hello ...
```

<!-- test: exit=3 -->
```console
$ python -c "import sys; print(4); sys.exit(3)"
4
```

<!-- test: script -->
```python title="spawn.py"
import multiprocessing as mp


def double(x):
    return 2 * x


if __name__ == "__main__":
    with mp.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [1, 2]))
```

```text title="Output"
[2, 4]
```

```pycon
>>> value > 6
True
>>> value
6.67
```

```bash
test -f app.py
```

```yaml
a: [1, 2]
```

```json
{"a": 1}
```

```toml
a = 1
```

```ini
[a]
b = 1
```

```mermaid
graph LR
  a --> b
```

<!-- test: skip if="not which('no-such-tool')" reason="needs no-such-tool" -->
```python
print("never")
```

```text title="Output"
never
```
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Handbook:
    book = Handbook(tmp_path_factory.mktemp("all"))
    book.write("mkdocs.yml", MKDOCS)
    book.write("pyproject.toml", PYPROJECT)
    book.page("all", f"---\ntitle: All\n---\n# All\n\n{EVERYTHING}")
    book.write("examples/all/app.py", "# --8<-- [start:a]\nprint(1)\n# --8<-- [end:a]\n")
    return book


def test_every_fence_is_accounted_for_and_recorded(everything: Handbook) -> None:
    result = everything.run("docs", "--record")
    assert result.returncode == 0, result.stdout
    assert (
        "20 blocks on 1 pages: 7 ran, 5 compared, 4 parsed, 1 written, 1 shown, 2 skipped"
        in result.stdout
    )
    assert "skipped 2: needs no-such-tool" in result.stdout
    record = json.loads((everything.root / "records/all.json").read_text())
    (entry,) = record["environments"].values()
    assert len(entry["blocks"]) == 20
    assert entry["blocks"][-1] == {"outcome": "skipped", "reason": "needs no-such-tool"}
    again = (everything.root / "records/all.json").read_bytes()
    everything.run("docs", "--record")
    assert (everything.root / "records/all.json").read_bytes() == again, (
        "a second run must not touch an unchanged record"
    )


def test_site_shows_and_copies_what_ran(everything: Handbook) -> None:
    everything.run("docs", "--record")
    built = build(everything)
    assert built.returncode == 0, built.stderr
    page = (everything.root / "site/all/index.html").read_text()
    copied = [html.unescape(c) for c in re.findall(r'data-copy="([^"]*)"', page)]
    assert "import sys\n\nvalue = 20 / 3\nprint(value)" in copied, "no annotation marks"
    assert (
        "python app.py world\nexport WHO=$(cat <<END\nyou\nEND\n)\npython app.py $WHO" in copied
    ), "no prompts, no output"
    assert "value > 6\nvalue" in copied
    assert not any("hello world" in text or "6.667" in text for text in copied)
    assert page.count('class="fence-output no-copy') == 3
    assert page.count("verified--ran") == 7 and page.count("verified--compared") == 5
    assert "Not run: needs no-such-tool" in page
    assert 'href="../downloads/all.zip"' in page and 'href="../downloads/all.ipynb"' in page


def test_downloads_hold_the_whole_program(everything: Handbook) -> None:
    written = everything.fenceproof("downloads")
    assert written.returncode == 0, written.stderr
    packed = zipfile.ZipFile(BytesIO((everything.root / "site/downloads/all.zip").read_bytes()))
    assert packed.read("all/app.py") == b"print(1)\n"
    notebook = json.loads((everything.root / "site/downloads/all.ipynb").read_text())
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert sources[0] == "# All"
    assert any(source.startswith("%%writefile app.py\nimport sys") for source in sources)
    assert [c for c in notebook["cells"] if c["metadata"].get("tags") == ["raises-exception"]]


def test_a_large_file_is_linked_and_in_no_zip(handbook: Handbook) -> None:
    weights = handbook.write("examples/weights/deep/w.txt", "7" * 600_000)
    handbook.write("examples/weights/about.txt", "small")
    handbook.write("examples/small/s.py", "S = 1\n")
    for name in ("a", "b"):
        handbook.write(f"examples/{name}.py", "print(1)\n")
        handbook.page(
            name, f"---\nuses: [weights, small]\n---\n# {name}\n\n```python\nprint(1)\n```\n"
        )
    assert handbook.fenceproof("downloads", "--site-dir", "out").returncode == 0
    base = handbook.root / "out/downloads"
    assert sorted(path.name for path in base.glob("*.zip")) == ["a.zip", "b.zip"]
    packed = zipfile.ZipFile(base / "a.zip")
    names = ["a/README.txt", "a/SHA256SUMS", "a/a.py", "a/about.txt", "a/s.py"]
    assert packed.namelist() == names
    assert {entry.compress_type for entry in packed.infolist()} == {zipfile.ZIP_DEFLATED}
    assert "deep/w.txt (0.6 MB)" in packed.read("a/README.txt").decode()
    packed.extractall(base)
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=base / "a", check=False).returncode, "the file is not there"
    (base / "a/deep").mkdir()
    shutil.copyfile(weights, base / "a/deep/w.txt")
    assert subprocess.run(check, cwd=base / "a", check=False).returncode == 0

    handbook.run("docs", "--record")
    assert build(handbook).returncode == 0
    where = "examples/weights/deep/w.txt"
    html = (handbook.root / "site/a/index.html").read_text()
    assert f"deep/w.txt (0.6 MB), the repository's <code>{where}</code>, into the same" in html
    assert build(handbook, REPO_URL="https://host.example/me/book").returncode == 0
    html = (handbook.root / "site/a/index.html").read_text()
    address = f"https://host.example/me/book/raw/main/{where}"
    assert f'<a href="{address}" download>deep/w.txt (0.6 MB)</a> into the same folder' in html


def test_a_download_is_written_again_when_its_sources_change(handbook: Handbook) -> None:
    handbook.write("examples/part.py", "# --8<-- [start:s]\nprint(1)\n# --8<-- [end:s]\n")
    handbook.page("a", '```python\n--8<-- "examples/part.py:s"\n```\n')
    program = handbook.write("examples/a.py", "print(1)\n")
    project, folder = find_project(handbook.root), handbook.root / "out"
    assert write_downloads(project, folder) == 2
    assert write_downloads(project, folder) == 0
    handbook.write("examples/part.py", "# --8<-- [start:s]\nprint(2)\n# --8<-- [end:s]\n")
    assert write_downloads(project, folder) == 2
    assert "print(2)" in (folder / "a.ipynb").read_text()
    program.unlink()
    assert write_downloads(project, folder) == 0 and not list(folder.rglob("*.*"))


def test_later_folder_of_uses_wins(handbook: Handbook) -> None:
    for folder, files in {
        "base": {"a.py": "A = 1\n", "b.py": "B = 1\n"},
        "more": {"b.py": "B = 2\n"},
    }.items():
        (handbook.root / "examples" / folder).mkdir(parents=True)
        for name, text in files.items():
            (handbook.root / "examples" / folder / name).write_text(text)
    code = "import a\nimport b\n\nprint(a.A, b.B)\n"
    (handbook.root / "examples" / "user.py").write_text(code)
    handbook.page(
        "user",
        (
            f"---\nuses: [base, more]\n---\n# T\n\n```python\n{code}```\n\n"
            '```text title="Output"\n1 2\n```\n'
        ),
    )
    ran = handbook.run("docs/user.md")
    assert outcomes(ran) == {"passed": 2}, ran.stdout
    assert handbook.fenceproof("downloads").returncode == 0
    packed = zipfile.ZipFile(handbook.root / "site/downloads/user.zip")
    assert {n: packed.read(n).decode() for n in packed.namelist()} == {
        "user/a.py": "A = 1\n",
        "user/b.py": "B = 2\n",
        "user/user.py": code,
    }


def test_update_rewrites_only_what_differs(handbook: Handbook) -> None:
    page = handbook.page(
        "a",
        '```python\nprint("new")\nprint(2)\n```\n\n```text title="Output"\nold\n```\n\n- item\n\n'
        "    ```console\n    $ echo three\n    two\n    ```\n\n"
        '```python\nint("x")\n```\n\n```text title="Error"\nValueError: no\n```\n',
    )
    assert handbook.run().returncode == 1
    handbook.run("docs", "--update")
    assert page.read_text() == (
        '# A page\n\n```python\nprint("new")\nprint(2)\n```\n\n```text title="Output"\nnew\n2\n'
        "```\n\n- item\n\n    ```console\n    $ echo three\n    three\n    ```\n\n"
        '```python\nint("x")\n```\n\n```text title="Error"\n'
        "ValueError: invalid literal for int() with base 10: 'x'\n```\n"
    )
    assert handbook.run().returncode == 0


def test_update_keeps_blanks_at_the_start_of_an_output(handbook: Handbook) -> None:
    page = handbook.page(
        "a",
        "- item\n\n    ```python\n    print('  a  b')\n    print('c 1')\n    ```\n\n"
        '    ```text title="Output"\n      a  b\n    c 0\n    ```\n',
    )
    assert handbook.run("docs", "--update").returncode == 0
    assert '    ```text title="Output"\n      a  b\n    c 1\n    ```\n' in page.read_text()


def test_a_line_of_blanks_in_an_output_does_not_hide_it_from_the_site(handbook: Handbook) -> None:
    """Python-Markdown empties such lines before superfences sees them."""
    handbook.page(
        "b",
        "```python\nprint('first\\n  \\nlast')\n```\n\n"
        '```text title="Output"\nfirst\n  \nlast\n```\n',
    )
    assert handbook.run("docs", "--record").returncode == 0
    built = build(handbook)
    assert built.returncode == 0, built.stdout + built.stderr


def test_page_edited_during_its_run_is_not_recorded(handbook: Handbook) -> None:
    path = handbook.root / "docs/a.md"
    handbook.page("a", f"```python\nopen('{path}', 'a').write('\\n```python\\n1\\n```\\n')\n```\n")
    result = handbook.run("docs", "--record")
    assert "NOT recorded: a was edited while it ran" in result.stdout, result.stdout
    assert not (handbook.root / "records/a.json").exists()


def test_changed_runs_only_what_changed_and_imports_no_torch(handbook: Handbook) -> None:
    a = handbook.page("a", "```python\nprint(1)\n```\n")
    handbook.page(
        "b",
        "---\ntitle: B\nrequires: [torch]\n---\n# B\n\n```python\nimport torch\nprint(2)\n```\n",
    )
    handbook.run("docs", "--record")
    command = handbook.command("docs", "--changed")
    result = handbook.start([command[0], "-X", "importtime", *command[1:]], 60)
    assert result.returncode == 0 and "2 pages unchanged" in result.stdout, result.stdout
    assert not re.search(r"\| +torch$", result.stderr, re.MULTILINE), "torch was imported"
    a.write_text(a.read_text() + "\nProse does not matter.\n")
    assert "2 pages unchanged" in handbook.run("docs", "--changed").stdout
    named = handbook.run("docs/b.md", "--changed")
    assert named.returncode == 0 and "pages unchanged" in named.stdout, named.stdout
    a.write_text(a.read_text().replace("print(1)", "print(3)"))
    assert (
        "1 pages unchanged" in (output := handbook.run("docs", "--changed").stdout)
        and "1 blocks on 1 pages" in output
    )


def test_pages_do_not_see_each_other(handbook: Handbook) -> None:
    handbook.page(
        "a",
        (
            "```python\nimport os, random\nos.environ['LEAK'] = '1'\nleak = 1\n"
            "open('leak.txt', 'w').close()\n```\n"
        ),
    )
    handbook.page(
        "b",
        (
            "```python\nimport os\n"
            "assert 'LEAK' not in os.environ and 'leak' not in globals() and not os.listdir()\n"
            "```\n"
        ),
    )
    assert handbook.run().returncode == 0


def test_a_page_does_not_see_how_this_shell_runs_python(handbook: Handbook) -> None:
    """Unbuffered, a process prints in an order that readers do not get."""
    command = "python -c \"import os; print(os.environ.get('PYTHONUNBUFFERED'))\""
    handbook.page("a", f"```console\n$ {command}\nNone\n```\n")
    assert handbook.run(PYTHONUNBUFFERED="1").returncode == 0


def test_one_block_alone_runs_what_it_needs(handbook: Handbook) -> None:
    handbook.page(
        "a", '```python\nx = 4\n```\n\n```python\nprint(x)\n```\n\n```text title="Output"\n4\n```\n'
    )
    result = handbook.run("docs/a.md::line:11,column:1")
    assert result.returncode == 0, result.stdout
    assert outcomes(result)["passed"] == 1


def test_an_allowed_warning_that_no_longer_fires_fails(handbook: Handbook) -> None:
    handbook.write(
        "pyproject.toml",
        '[[tool.fenceproof.warnings]]\nmessage = "gone"\npackage = "pytest"\nlink = "x"\n',
    )
    handbook.page("a", "```python\nx = 1\n```\n")
    result = handbook.run()
    assert result.returncode == 1 and "'gone' no longer fires: remove it" in result.stdout
    handbook.page(
        "a", "```python\nimport warnings\nwarnings.warn('gone now', FutureWarning)\n```\n"
    )
    assert handbook.run().returncode == 0


def test_a_translation_is_not_run_again(handbook: Handbook) -> None:
    handbook.page("a", "```python\nx = 1\n```\n")
    handbook.page("a.zh", "```python\nx = 1\n```\n")
    assert "fenceproof: 1 blocks on 1 pages" in handbook.run().stdout
    assert parse_page(handbook.root / "docs/a.zh.md").name == "a"


def test_a_page_that_kills_its_worker_fails_alone(handbook: Handbook) -> None:
    """A segmentation fault in a library fails that page, ends what it started,
    and stops nothing else.
    """
    mark = f"sleep 3{os.getpid()}"
    crash = (
        f"```console\n$ {mark} &\n```\n\n"
        "```python\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n```\n\n"
        "```python\nprint(1)\n```\n"
    )
    handbook.page("crash", crash)
    for name in "abc":
        handbook.page(name, '```python\nprint(1)\n```\n\n```text title="Output"\n1\n```\n')
    result = handbook.run("docs", "-n", "2")
    assert "crashed while running 'docs/crash.md" in result.stdout
    assert outcomes(result) == {"failed": 1, "passed": 7}
    assert not running(mark)
