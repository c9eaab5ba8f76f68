"""`fenceproof mutate`: what a run of a page would not notice."""

from __future__ import annotations

import json

from tests.engine.small_handbook import Handbook

PAGE = """\
```python
from pathlib import Path

unused = 3
limit = 2
numbers = [1, 2, 3]
Path("log.txt").write_text("begun ")
```

```python
def count(numbers):
    \"\"\"How many are large.\"\"\"
    return sum(number > limit for number in numbers)


with Path("log.txt").open("a") as log:
    log.write("counted")
print(count(numbers), Path("log.txt").read_text())
```

```text title="Output"
1 begun counted
```

```python
while limit:
    limit -= 1
```

<!-- claim: limit < 1 -->
The loop ends.
"""
CONSOLE = """\
```python
from pathlib import Path

Path("a.txt").write_text("a")
Path("b.txt").write_text("b")
```

```console
$ cat a.txt
a
```
"""


def test_survivors_are_listed_and_kept_by_hash(handbook: Handbook) -> None:
    page = handbook.page("a", PAGE)
    handbook.page("b", CONSOLE)
    assert handbook.run("docs", "--record").returncode == 0
    ran = handbook.fenceproof("mutate")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "docs/a.md: 11 of 12 deletions noticed (92%)" in ran.stdout
    assert "1 of 1 comparisons" in ran.stdout
    assert "  docs/a.md:6: without: unused = 3\n" in ran.stdout
    assert "docs/b.md: 2 of 3 deletions noticed (67%)" in ran.stdout
    assert "  docs/b.md:7: without: Path('b.txt').write_text('b')\n" in ran.stdout
    assert "all: 13 of 15 deletions" in ran.stdout
    kept = json.loads((handbook.root / "records/a.json").read_text())["mutations"]
    assert (kept["noticed"], kept["deletions"]) == (11, 12)

    kept["noticed"] = 5  # told again without a run, while the page is the same
    record = handbook.root / "records/a.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"mutations": kept}))
    assert "docs/a.md: 5 of 12" in handbook.fenceproof("mutate", "docs/a.md").stdout

    page.write_text(PAGE.replace("unused = 3\n", ""))
    ran = handbook.fenceproof("mutate", str(page))
    assert "docs/a.md: 11 of 11 deletions noticed (100%)" in ran.stdout


def test_a_page_that_fails_is_not_tried(handbook: Handbook) -> None:
    handbook.page("a", "```python\nassert False, 'no'\n```\n")
    ran = handbook.fenceproof("mutate", "docs/a.md")
    assert ran.returncode == 1
    assert "docs/a.md: the page does not pass as it is: AssertionError: no" in ran.stdout
