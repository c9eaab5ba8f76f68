"""One page on several versions: expectations of each, packages that do not follow, failures."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

import pytest

from fenceproof import conditions, record
from fenceproof.conditions import InstalledVersion, applies
from fenceproof.evidence import Evidence, version_range
from fenceproof.project import find_project
from fenceproof.reader import parse_page
from handbook.publish import compatibility
from tests.engine.small_handbook import Handbook

YAML = version("pyyaml")
BOTH = f"""\
---
title: a
requires: [pyyaml]
---

# A page

```python
raise ValueError("as in the installed version")
```

```text title="Output"
as in the others
```

```text title="Error" versions="pyyaml=={YAML}"
ValueError: as in the installed version
```
"""


def entry(handbook: Handbook, name: str) -> dict[str, Any]:
    path = handbook.root / f"records/{name}.json"
    entries: dict[str, Any] = json.loads(path.read_text())["environments"]
    (only,) = entries.values()
    return dict(only)


def test_the_fence_of_the_installed_version_is_compared(handbook: Handbook) -> None:
    handbook.page("a", BOTH)
    run = handbook.run("docs", "--record")
    assert run.returncode == 0, run.stdout
    ran, other, error = entry(handbook, "a")["blocks"]
    assert (ran["outcome"], error["outcome"]) == ("ran", "compared")
    assert other == {
        "outcome": "skipped",
        "reason": f"holds with other versions than pyyaml=={YAML}",
    }


def test_a_warning_of_one_version_leaves_the_error_to_all(handbook: Handbook) -> None:
    text = BOTH.replace(
        "raise ValueError(",
        'import warnings\n\nwarnings.warn("old", FutureWarning)\nraise ValueError(',
    )
    text = text.replace(f'"Error" versions="pyyaml=={YAML}"', '"Error"')
    text = text.replace(
        '```text title="Output"\nas in the others\n```',
        '```text title="Warning"\nDeprecationWarning: old\n```\n\n'
        f'```text title="Warning" versions="pyyaml=={YAML}"\nFutureWarning: old\n```',
    )
    handbook.page("a", text)
    run = handbook.run("docs", "--record")
    assert run.returncode == 0, run.stdout
    outcomes = [block["outcome"] for block in entry(handbook, "a")["blocks"]]
    assert outcomes == ["ran", "skipped", "compared", "compared"]


def test_the_fence_of_another_version_waits_for_that_version(handbook: Handbook) -> None:
    text = BOTH.replace(f"=={YAML}", "<1").replace("raise ValueError(", "print(")
    handbook.page("a", text.replace("as in the others", "as in the installed version"))
    run = handbook.run("docs", "--record")
    assert run.returncode == 0, run.stdout
    ran, output, other = entry(handbook, "a")["blocks"]
    assert (ran["outcome"], output["outcome"]) == ("ran", "compared")
    assert other == {"outcome": "skipped", "reason": "holds with pyyaml<1"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (f"pyyaml=={YAML}", "newer", 'docs/a.md:16: versions="newer": say it as in versions='),
        ('title="Output"', 'versions="pyyaml>=6"', "docs/a.md:12: versions= belongs to an Output"),
        ('"Output"', f'"Error" versions="pyyaml=={YAML}"', "docs/a.md:16: the block above has an"),
    ],
)
def test_versions_that_cannot_be_read_are_refused(
    handbook: Handbook, old: str, new: str, message: str
) -> None:
    handbook.page("a", BOTH.replace(old, new))
    run = handbook.run()
    assert run.returncode == 1
    assert message in run.stdout


def test_an_expectation_may_depend_on_the_version_of_python() -> None:
    this = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert applies(f"python>={this}") and applies(f"python=={this}.*")
    assert not applies(f"python<{this}")


def test_a_skip_compares_versions_and_not_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "installed_version", lambda name: InstalledVersion("2.9.1"))
    assert conditions.is_true("installed('torch') < '2.14'", {})
    assert not conditions.is_true("installed('torch') >= '2.14'", {})
    assert conditions.is_true("installed('torch') == '2.9.1'", {})


def test_a_page_whose_package_is_absent_by_intent_is_skipped_with_the_reason(
    handbook: Handbook,
) -> None:
    handbook.page("a", "---\nrequires: [no-such-thing]\n---\n# A\n\n```python\n1 / 0\n```\n")
    reason = "no-such-thing 1.0 does not follow"
    told = {"FENCEPROOF_ABSENT": json.dumps({"no-such-thing": reason})}
    run = handbook.run("docs", "--record", **told)
    assert run.returncode == 0, run.stdout
    assert entry(handbook, "a")["blocks"] == [{"outcome": "skipped", "reason": reason}]
    assert "is not installed" in handbook.run().stdout


def test_a_failure_is_recorded_when_asked_for_and_never_over_a_valid_entry(
    handbook: Handbook,
) -> None:
    page = handbook.page("a", "```python\nimport os\nassert 'WELL' in os.environ\n```\n")
    assert handbook.run("docs", "--record").returncode == 1
    assert not (handbook.root / "records/a.json").exists()
    handbook.run("docs", "--record", "--record-failures")
    report = handbook.fenceproof("environments")
    assert report.returncode == 1, "a page that fails is red"
    assert "| 0 | 1 | 0 | 0 |" in report.stdout and "- a with " in report.stdout
    failed = entry(handbook, "a")
    assert failed["blocks"][0]["outcome"] == "failed"
    assert "AssertionError" in failed["blocks"][0]["error"]
    project = find_project(handbook.root / "docs")
    evidence = Evidence(parse_page(page, project))
    assert list(evidence.failures.values()) == failed["blocks"]
    assert not evidence.valid
    assert handbook.run("docs", "--record", WELL="1").returncode == 0
    assert handbook.fenceproof("environments").returncode == 0
    handbook.run("docs", "--record", "--record-failures")
    assert record.is_valid(entry(handbook, "a"), parse_page(page, project))


def test_versions_are_named_as_a_range() -> None:
    assert version_range(["2.13.0"]) == "2.13.0"
    assert version_range(["3.9", "3.13", "3.11", "3.9"]) == "3.9 to 3.13"


def test_what_depends_on_a_version_is_listed_under_that_version(handbook: Handbook) -> None:
    handbook.page("a", BOTH)
    said = compatibility.changes(find_project(handbook.root))
    assert f"<h3>pyyaml=={YAML}</h3>" in said
    assert 'href="../../a/#block-3"' in said
    assert "ValueError: as in the installed version" in said
    assert compatibility.exceptions(find_project(handbook.root)).startswith("<p>Every page")
