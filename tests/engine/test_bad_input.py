"""Whatever is wrong with a page gives one clear error with file and line,
and stops nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from fenceproof.run.pace import patience
from tests.engine.small_handbook import MKDOCS, Handbook, build, running
from tests.waiting import wait_until

NGINX = shutil.which("nginx")
GOOD = '```python\nprint("fine")\n```\n\n```text title="Output"\nfine\n```\n'
EXAMPLE = """\
# --8<-- [start:once]
x = 1
# --8<-- [end:once]
# --8<-- [start:twice]
y = 1
# --8<-- [end:twice]
# --8<-- [start:twice]
y = 2
# --8<-- [end:twice]
# --8<-- [start:open]
z = 1
"""

# page → (text, the message with file and line)
BAD = {
    "tolerance-of-nothing": (
        GOOD.replace('"Output"', '"Output" tolerance="2: 1"'),
        "docs/tolerance-of-nothing.md:7: tolerance of line 2: the fence has 1",
    ),
    "tolerance-no-number": (
        GOOD.replace('"Output"', '"Output" tolerance="1: much"'),
        'docs/tolerance-no-number.md:7: tolerance="1: much": a tolerance is for the numbers of',
    ),
    "tolerance-of-all-lines": (
        GOOD.replace('"Output"', '"Output" tolerance="0.5"'),
        'docs/tolerance-of-all-lines.md:7: tolerance="0.5": a tolerance is for the numbers of one '
        'line or of several, as in tolerance="2: 0.5" and',
    ),
    "byte-order-mark": (
        "\ufeff---\ntitle: T\n---\n# T\n",
        "docs/byte-order-mark.md:1: begins with a byte-order mark: remove it",
    ),
    "uses-absolute": (
        "---\nuses: /etc\n---\n# T\n",
        "docs/uses-absolute.md:2: uses: '/etc' is not the name of a folder below examples/",
    ),
    "uses-above": (
        "---\nuses: [..]\n---\n# T\n",
        "docs/uses-above.md:2: uses: '..' is not the name of a folder below examples/",
    ),
    "uses-nothing": (
        "---\nuses: ''\n---\n# T\n",
        "docs/uses-nothing.md:2: uses: '' is not the name of a folder below examples/",
    ),
    "missing-include": (
        '```python\n--8<-- "examples/no.py"\n```\n',
        "docs/missing-include.md:4: Snippet at path 'examples/no.py' could not be found",
    ),
    "unknown-section": (
        '```python\n--8<-- "examples/x.py:no"\n```\n',
        "docs/unknown-section.md:4: Snippet section 'no' could not be located",
    ),
    "section-twice": (
        '```python\n--8<-- "examples/x.py:twice"\n```\n',
        (
            "docs/section-twice.md:4: examples/x.py:7: section 'twice' is opened a second time "
            "(first in line 4)"
        ),
    ),
    "section-open": (
        '```python\n--8<-- "examples/x.py:open"\n```\n',
        "docs/section-open.md:4: examples/x.py:10: section 'open' is never closed",
    ),
    "unclosed": ("```python\nx = 1\n", "docs/unclosed.md:3: this fence is never closed"),
    "unknown-language": (
        "```pythn\nx = 1\n```\n",
        "docs/unknown-language.md:3: nothing checks a fence of language 'pythn'",
    ),
    "no-language": (
        "```\nx = 1\n```\n",
        "docs/no-language.md:3: nothing checks a fence of language '(none)'",
    ),
    "unknown-option": (
        '```python titel="x"\nx = 1\n```\n',
        "docs/unknown-option.md:3: unknown option 'titel'",
    ),
    "unquoted": (
        "```text tolerance=0.1\nx\n```\n",
        "docs/unquoted.md:3: cannot read '=0.1' among the options",
    ),
    "unknown-word": (
        "<!-- test: skipp -->\n```python\nx = 1\n```\n",
        "docs/unknown-word.md:3: unknown word 'skipp' in <!-- test: ... -->",
    ),
    "dangling": (
        "<!-- test: file -->\n\nNo fence here.\n",
        "docs/dangling.md:3: this <!-- test: ... --> is not followed by a fence",
    ),
    "no-reason": (
        "<!-- test: skip -->\n```python\nx = 1\n```\n",
        "docs/no-reason.md:3: a skip needs a reason that readers accept",
    ),
    "output-of-nothing": (
        '```text title="Output"\nx\n```\n',
        "docs/output-of-nothing.md:3: Output of what? No block above it runs",
    ),
    "front-matter": ("---\ntitle: [a\n---\n# T\n", "docs/front-matter.md:3: bad front matter: "),
    "front-key": (
        "---\ntitle: a\nrequire: [torch]\n---\n# T\n",
        "docs/front-key.md:3: bad front matter: unknown key 'require'",
    ),
    "styles-missing": (
        "---\ntitle: a\nstyles: [assets/none.css]\n---\n# T\n",
        "docs/styles-missing.md:3: styles: there is no docs/assets/none.css",
    ),
    "styles-too-long": (
        f"---\ntitle: a\nstyles: [{'a' * 300}.css]\n---\n# T\n",
        f"docs/styles-too-long.md:3: styles: there is no docs/{'a' * 300}.css",
    ),
    "moved-from-a-page": (
        "---\ntitle: a\nmoved_from: [moved-from-a-page]\n---\n# T\n",
        "docs/moved-from-a-page.md:3: moved_from: there is a page at moved-from-a-page",
    ),
    "aliases-no-list": (
        "---\ntitle: a\naliases: OOMKilled\n---\n# T\n",
        "docs/aliases-no-list.md:3: bad front matter: aliases must be a list of names",
    ),
    "styles-no-list": (
        "---\ntitle: a\nstyles: a.css\n---\n# T\n",
        "docs/styles-no-list.md:3: bad front matter: styles must be a list of names",
    ),
    "front-open": ("---\ntitle: a\n# T\n", "docs/front-open.md:1: front matter is never closed"),
    "requires": (
        "---\ntitle: a\nrequires: [no-such-thing]\n---\n# T\n\n```python\nx = 1\n```\n",
        (
            "docs/requires.md:3: requires no-such-thing, which is not installed: "
            "pip install no-such-thing"
        ),
    ),
    "uses": (
        "---\ntitle: a\nuses: no/bundle\n---\n# T\n",
        "docs/uses.md:3: uses: there is no folder examples/no/bundle",
    ),
    "uses-several": (
        "---\ntitle: a\nuses: [no/one]\n---\n# T\n",
        "docs/uses-several.md:3: uses: there is no folder examples/no/one",
    ),
    "uses-asset": (
        "---\ntitle: a\nuses: assets/weights/none\n---\n# T\n",
        "docs/uses-asset.md:3: uses: there is no folder assets/weights/none",
    ),
    "uses-number": (
        "---\ntitle: a\nuses: 3\n---\n# T\n",
        "docs/uses-number.md:3: bad front matter: uses must name a folder",
    ),
    "kubernetes": (
        "```yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: x\nspec:\n  ports:\n"
        "    - port: 80\n      prot: TCP\n```\n",
        (
            "docs/kubernetes.md:10: Kubernetes 1.34 refuses this: "
            "Additional properties are not allowed ('prot' was unexpected)"
        ),
    ),
    "kubernetes-kind": (
        "```yaml\napiVersion: extensions/v1beta1\nkind: Deployment\n```\n",
        "docs/kubernetes-kind.md:4: Kubernetes 1.34 has no Deployment of extensions/v1beta1",
    ),
    "dockerfile": (
        "```dockerfile\nFROM python:3.11.14-slim\nRUN cd /srv\n```\n",
        "docs/dockerfile.md:5: DL3003: Use WORKDIR to switch to a directory",
    ),
    "dockerfile-syntax": (
        "```dockerfile\nFROM python:3.11.14-slim\nRAN true\n```\n",
        "docs/dockerfile-syntax.md:5: DL1000: unexpected 'R'",
    ),
    "dockerfile-file": (
        '<!-- test: file -->\n```dockerfile title="Dockerfile"\nFROM python\n```\n',
        "docs/dockerfile-file.md:5: DL3006: Always tag the version of an image explicitly",
    ),
    "nginx": (
        "```nginx\nevents {}\nhttp {\n  servr {}\n}\n```\n",
        'docs/nginx.md:6: nginx refuses this: unknown directive "servr"'
        if NGINX
        else "docs/nginx.md:3: nginx, which tests its configurations, is not",
    ),
    "endless": (
        "<!-- test: timeout=1 -->\n```python\nwhile True:\n    pass\n```\n",
        "docs/endless.md:5: in <module>",
    ),
    "endless-console": (
        "<!-- test: timeout=1 -->\n```console\n$ sleep 1000.25\n```\n",
        "docs/endless-console.md:4: Failed: Timeout (>",
    ),
    "exits": (
        "```console\n$ exit 0\n$ echo no\n```\n",
        "docs/exits.md:4: $ exit 0\nE   ended the page's shell",
    ),
    "exit-code": (
        "```console\n$ false\n```\n",
        "docs/exit-code.md:4: $ false\nE   exited with 1, the page says 0",
    ),
    "stray": (
        "```python\nimport subprocess\n"
        'subprocess.Popen(["sleep", "1000.5"], start_new_session=True)\n```\n',
        "docs/stray.md:3: the page leaves a process running, which was killed: sleep 1000.5",
    ),
    "wrong-output": (
        '```python\nprint(1)\n```\n\n```text title="Output"\n2\n```\n',
        "docs/wrong-output.md:7: the page shows:\nE   2\nE   but got:\nE   1",
    ),
    "no-error": (
        '```python\nprint(1)\n```\n\n```text title="Error"\nValueError: x\n```\n',
        "docs/no-error.md:3: the page says that this raises",
    ),
    "deprecated": (
        '```python\nimport warnings\nwarnings.warn("old", DeprecationWarning)\n```\n',
        (
            "docs/deprecated.md:3: a block that teaches current usage sets off:\n"
            "E   DeprecationWarning: old"
        ),
    ),
    "bad-json": ('```json\n{"a": 1,\n "b": }\n```\n', "docs/bad-json.md:5: this is not json:"),
    "bad-yaml": ("```yaml\na: 1\nb: [\n```\n", "this is not yaml:"),
    "bad-toml": ("```toml\na = 1\nb =\n```\n", "docs/bad-toml.md:5: this is not toml:"),
    "bad-ini": ("```ini\n[a]\nb\n```\n", "docs/bad-ini.md:5: this is not ini:"),
    "same-port-a": ("```console\n$ echo --port 8765\n--port 8765\n```\n", ""),
    "same-port-b": (
        "```console\n$ echo --port 8765\n```\n",
        "docs/same-port-b.md:3: port 8765 is also wanted by docs/same-port-a.md:3",
    ),
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    book = Handbook(tmp_path_factory.mktemp("bad"))
    book.write("mkdocs.yml", MKDOCS)
    book.write("examples/x.py", EXAMPLE)
    for name, (text, _) in BAD.items():
        book.page(name, text)
    book.page("zz-good", GOOD)
    return book.run("docs", "-n", "2").stdout


@pytest.mark.parametrize("name", [name for name in BAD if BAD[name][1]])
def test_message_names_file_and_line(name: str, outcome: str) -> None:
    assert BAD[name][1] in outcome


def test_other_pages_still_run(outcome: str) -> None:
    assert "FAILED docs/zz-good" not in outcome and "ERROR docs/zz-good" not in outcome
    assert f"on {len([n for n in BAD if n not in PROBLEMS]) + 1} pages" in outcome


PROBLEMS = {
    "missing-include", "unknown-section", "section-twice", "section-open", "unclosed",
    "unknown-language", "no-language", "unquoted", "unknown-option", "unknown-word", "dangling",
    "no-reason", "output-of-nothing", "front-matter", "front-key", "front-open",
    "requires", "uses", "uses-several", "uses-asset", "uses-number",
    "aliases-no-list", "byte-order-mark", "styles-missing", "styles-no-list", "styles-too-long",
    "moved-from-a-page", "uses-absolute", "uses-above", "uses-nothing",
    "tolerance-of-nothing", "tolerance-no-number", "tolerance-of-all-lines",
}  # fmt: skip


def test_no_process_is_left_running(outcome: str) -> None:
    assert not running("sleep 1000.5")
    assert not running("sleep 1000.25")


def test_a_server_left_running_ends_with_its_page(handbook: Handbook) -> None:
    handbook.page("serves", "```console\n$ sleep 1001.5 & echo started\nstarted\n```\n")
    result = handbook.run()
    assert result.returncode == 0, result.stdout
    assert not running("sleep 1001.5")


def test_port_in_use_is_reported(handbook: Handbook) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        handbook.page("a", f"```console\n$ echo --port {port}\n```\n")
        assert f"docs/a.md:3: port {port} is in use on this machine" in handbook.run().stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"format": 1, "envi', "records/a.json:1: this record is not JSON"),
        ('{"format": 99}', "records/a.json:1: this record has format 99, not 1: run `make record`"),
        ('{"format": 1, "page": "a"}', "records/a.json:1: this record has no environments"),
        (
            '{"format": 1, "environments": {\n"x": {"python": "3.)1", "platform": "", "date": "",'
            ' "hash": "", "versions": {}, "blocks": []}}}',
            "records/a.json:2: x: '3.)1' is no version: run `make record`",
        ),
        (
            '{"format": 1, "environments": {\n"x": {"blocks": 1}}}',
            "records/a.json:2: x: blocks is no list: run `make record`",
        ),
        (
            '{"format": 1, "page": "a", "environments": {}}',
            "docs/a.md:3: the page has no record for the baseline environment",
        ),
    ],
)
def test_bad_record_stops_a_strict_build_until_it_is_written_again(
    handbook: Handbook, content: str, message: str
) -> None:
    handbook.page("a", GOOD)
    handbook.write("records/a.json", content)
    assert message in build(handbook).stderr
    assert handbook.run("docs", "--record").returncode == 0
    assert build(handbook).returncode == 0
    assert json.loads((handbook.root / "records/a.json").read_text())["format"] == 1


def test_a_changed_page_stops_a_strict_build(handbook: Handbook) -> None:
    page = handbook.page("a", GOOD)
    handbook.run("docs", "--record")
    page.write_text(page.read_text().replace("fine", "good"))
    assert (
        "docs/a.md:3: the page changed since its record: run `make record`"
        in build(handbook).stderr
    )


def test_interrupted_run_damages_no_record_and_leaves_no_process(handbook: Handbook) -> None:
    handbook.page("a", GOOD)
    handbook.page("b", "```console\n$ sleep 1002.5\n```\n")
    handbook.run("docs/a.md", "--record")
    before = (handbook.root / "records/a.json").read_bytes()
    (handbook.root / "docs/a.md").write_text("# A\n\n```python\nprint(2)\n```\n")
    log = handbook.root / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            handbook.command("docs", "--record"),
            cwd=handbook.root,
            env=handbook.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # a job in the background ignores it
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    sleeps = "sleep 1002.5"
    wait_until(
        lambda: running(sleeps), "the page runs its command", 30, process=process, output=log
    )
    os.kill(process.pid, signal.SIGINT)
    process.wait(patience(30))
    assert "KeyboardInterrupt" in log.read_text()
    assert not running(sleeps)
    assert not list(handbook.root.rglob("*.tmp"))
    assert json.loads(before)["page"] == "a"
    assert json.loads((handbook.root / "records/a.json").read_text())["format"] == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Text.\n\n    ```python\n    x = 1\n    ```\n", 5),
        ("- item\n\n        ```python\n        x = 1\n        ```\n", 5),
        ("```text\n```\n\n- item\n\n        ```yaml\n        x: 1\n        ```\n", 8),
    ],
)
def test_the_build_refuses_a_fence_that_the_page_shows_as_text(
    handbook: Handbook, text: str, line: int
) -> None:
    handbook.page("a", text)
    handbook.run("docs", "--record")
    built = build(handbook)
    assert built.returncode == 1
    assert f"docs/a.md:{line}: the page does not show this fence as a code block" in built.stderr


def test_the_build_refuses_a_code_block_that_is_no_fence(handbook: Handbook) -> None:
    block = '<div class="language-python highlight"><pre><code>x = 1</code></pre></div>'
    handbook.page("a", f"Text.\n\n{block}\n")
    built = build(handbook)
    assert built.returncode == 1
    assert (
        "docs/a.md: the page shows a block of 'python' that is none of its fences" in built.stderr
    )
    assert "begins with 'x = 1'" in built.stderr


def test_a_line_of_blanks_costs_no_time() -> None:
    from fenceproof.reader import COMMENT, FENCE

    begun = time.process_time()
    for pattern in (FENCE, COMMENT):
        for line in ("```" + " " * 100_000 + "`", "<!-- test:" + " " * 100_000 + "x"):
            pattern.match(line)
    assert time.process_time() - begun < patience(1)
