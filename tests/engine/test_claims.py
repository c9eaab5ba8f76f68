"""Claims: conclusions that are evaluated like blocks, and shown to readers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fenceproof.claims import (
    BadClaim,
    evaluate,
    expand_numbers,
    format_value,
    is_about_results,
    parse,
    results_of,
)
from tests.engine.small_handbook import Handbook, build

NAMES = {"a": 2, "b": 1.25, "empty": [], "names": ["x", "y"], "errors": [0.1, 0.3]}


@pytest.mark.parametrize(
    ("expression", "holds", "values"),
    [
        ("a > b", True, [("a", "2"), ("b", "1.25")]),
        ("b > a + 0.5", False, [("b", "1.25"), ("a + 0.5", "2.5")]),
        ("max(errors) < 0.4", True, [("max(errors)", "0.3")]),
        ("1 < b < a", True, [("b", "1.25"), ("a", "2")]),
        ("a == 2 and 'x' in names", True, [("a", "2"), ("names", "['x', 'y']")]),
        ("a > b\nb > 1", True, [("a", "2"), ("b", "1.25")]),
        ("a > b\nb > 2", False, [("a", "2"), ("b", "1.25")]),
        ("sum(e > 0.2 for e in errors) == 1", True, [("sum((e > 0.2 for e in errors))", "1")]),
        ("b > a or a == 2", True, [("b", "1.25"), ("a", "2")]),
    ],
)
def test_a_claim_is_evaluated(expression: str, holds: bool, values: list[tuple[str, str]]) -> None:
    verdict = evaluate(expression, NAMES, {})
    assert (verdict.holds, verdict.values, verdict.vacuous) == (holds, values, "")


@pytest.mark.parametrize(
    ("expression", "vacuous"),
    [("a >= b or b < 2", "a >= b"), ("a <= a + 0", "a <= a + 0"), ("a > b", ""), ("a != b", "")],
)
def test_each_comparison_can_fail(expression: str, vacuous: str) -> None:
    assert evaluate(expression, NAMES, {}).vacuous == vacuous


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("a", "a claim is a comparison (a < b), joined by and/or: a"),
        ("not a > b", "a claim is a comparison (a < b), joined by and/or: not a > b"),
        ("all(e < 1 for e in errors)", "a claim is a comparison"),
        ("1 < 2", "nothing in this comparison was computed: 1 < 2"),
        ("a > b and len('x') == 1", "nothing in this comparison was computed"),
        ("a >= a", "compared with itself: a >= a"),
        ("(c := a) > 1", "a claim has no namedexpr"),
        ("(lambda: a)() > 1", "a claim has no lambda"),
        ("a >", "a claim is a Python expression: invalid syntax: a >"),
        ("  ", "a claim without an expression"),
        ("results['a'] > 1", "a page's variable needs another name than results"),
    ],
)
def test_expression_that_is_no_claim_is_refused(expression: str, message: str) -> None:
    with pytest.raises(BadClaim) as caught:
        parse(expression)
    assert str(caught.value).startswith(message)


def test_shown_values_are_short() -> None:
    import numpy as np
    import torch

    assert format_value(1 / 3) == "0.3333" and format_value(np.float64(0.25)) == "0.25"
    assert format_value(torch.tensor(3)) == "3" and format_value("x" * 100) == "'" + "x" * 58 + "…"


RESULTS = {
    "caption": "a CPU, in May",
    "figures": {"x/ratio": 0.25, "y/ratio": 3.456, "share": 0.125},
}


def test_results_and_numbers_in_prose(handbook: Handbook) -> None:
    from fenceproof.project import Project

    project = Project(handbook.root)
    path = handbook.write("benchmarks/results/race.json", json.dumps(RESULTS))
    assert is_about_results('results("race", "x/ratio") < 0.5')
    assert not is_about_results('results("race", "x/ratio") < b')
    assert results_of(project)("race", "x/ratio") == 0.25
    line = 'It is {{ results("race", "y/ratio") | times }} faster, `{{ x }}`, and'
    assert expand_numbers(line, project) == "It is 3.5 times faster, `{{ x }}`, and"
    line = '{{ results("race", "share") | percent(1) }}'
    assert expand_numbers(line, project) == "12.5%"
    line = '{{ results("race", "y/ratio") | significant(3) }}'
    assert expand_numbers(line, project) == "3.46"
    path.write_text(json.dumps({"figures": {"x/ratio": 0.5}}))
    assert results_of(project)("race", "x/ratio") == 0.5, "read again when it changed"
    for bad, message in {
        '{{ results("race", "no") }}': "benchmarks/results/race.json has no figure 'no'",
        '{{ results("gone", "x") }}': "benchmarks/results/gone.json has no figures",
        "{{ ''.__class__ }}": "a number in prose is {{ results(...) | filter }}",
        '{{ results("race", "x/ratio") | nope }}': "No filter named 'nope'",
    }.items():
        with pytest.raises(BadClaim) as caught:
            expand_numbers(bad, project)
        assert message in str(caught.value)


PAGE = """\
```python
best, worst = 0.96, 0.94
```

<!-- claim: best > worst + 0.01 -->
The best is better.
The rest of the paragraph.

- one
- <!-- claim: worst > 0.9 -->
  Even the worst is good.
- three

<!-- claim row="second": best == 0.96 -->

| name | value |
|---|---|
| first | 1 |
| **second** | 2 |

<!-- claim at="end": later == 3 -->
## What comes later

<!-- claim:
best < 1
worst < 1
-->
Both lines hold: `{{ not a number }}`.

```python
later = 3
```
"""


def entry(handbook: Handbook, name: str = "a") -> dict[str, Any]:
    record = json.loads((handbook.root / f"records/{name}.json").read_text())
    first: dict[str, Any] = next(iter(record["environments"].values()))
    return first


def test_claims_are_run_recorded_and_shown(handbook: Handbook) -> None:
    page = handbook.page("a", PAGE)
    ran = handbook.run("docs", "--record")
    assert ran.returncode == 0, ran.stdout
    assert "fenceproof: 5 claims on 1 pages: 5 held" in ran.stdout
    claims = entry(handbook)["claims"]
    assert [claim["outcome"] for claim in claims] == ["held"] * 5
    assert claims[0]["values"] == [["best", "0.96"], ["worst + 0.01", "0.95"]]
    assert claims[3]["values"] == [["later", "3"]], "evaluated after the last block"
    assert build(handbook).returncode == 0
    html = (handbook.root / "site/a/index.html").read_text()
    mark = '<button type="button" class="claim claim--held" popovertarget="claim-{}"'
    assert "<p>The best is better. " + mark.format(1) in html
    assert "Even the worst is good. " + mark.format(2) in html
    assert "<td><strong>second</strong> " + mark.format(3) in html
    assert "<h2" in html and "What comes later<" in html and mark.format(4) in html
    assert "<code>{{ not a number }}</code>. " + mark.format(5) in html
    assert html.count('<div popover id="claim-') == 5 and "<!-- claim" not in html
    assert "<td><code>worst + 0.01</code></td><td>0.95</td>" in html
    before = (handbook.root / "records/a.json").read_text()
    page.write_text(page.read_text().replace("best, worst = 0.96", "best, worst = 0.97 - 0.01"))
    assert "changed since its record" in build(handbook).stderr
    page.write_text(page.read_text().replace("best, worst = 0.97 - 0.01", "best, worst = 0.96"))
    assert handbook.run("docs", "--record").returncode == 0
    assert (handbook.root / "records/a.json").read_text() == before
    page.write_text(page.read_text().replace("worst > 0.9 ", "worst > 0.8 "))
    assert "changed since its record" in build(handbook).stderr, "its text is part of the hash"


def test_downloads_and_markdown_leave_claims_out(handbook: Handbook) -> None:
    from fenceproof.downloads import page_notebook
    from fenceproof.project import find_project
    from fenceproof.reader import load_page
    from handbook.publish.llms import page_markdown

    path = handbook.page("a", PAGE)
    page = load_page(path, find_project(path))
    for text in (page_markdown(page), page_notebook(page)):
        assert "claim" not in text and "The best is better." in text
        assert "- Even the worst is good." in text and "{{ not a number }}" in text


def test_a_claim_that_fails_says_why(handbook: Handbook) -> None:
    handbook.page("a", PAGE.replace("worst + 0.01", "worst + 0.03"))
    ran = handbook.run("docs", "--record")
    assert ran.returncode == 1
    assert "docs/a.md:7: this does not hold: best > worst + 0.03" in ran.stdout
    assert "  best = 0.96" in ran.stdout and "  worst + 0.03 = 0.97" in ran.stdout
    assert "NOT recorded: a" in ran.stdout


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("best > missing", "docs/a.md:7: name 'missing' is not defined: best > missing"),
        ("best > 'text'", "docs/a.md:7: TypeError: '>' not supported"),
        ("best > 0 or worst > 0", "docs/a.md:7: this claim holds whatever becomes of best > 0"),
        ("best", "docs/a.md:7: a claim is a comparison"),
        ('results("gone", "x") > 1', "docs/a.md:7: benchmarks/results/gone.json has no figures"),
    ],
)
def test_a_claim_that_cannot_be_evaluated(handbook: Handbook, claim: str, message: str) -> None:
    handbook.page("a", PAGE.replace("best > worst + 0.01", claim))
    assert message in handbook.run("docs").stdout


def test_a_claim_is_skipped_with_what_it_needs(handbook: Handbook) -> None:
    handbook.page(
        "a",
        '<!-- test: skip if="not which(\'no-such\')" reason="needs no-such" -->\n'
        "```python\nx = 1\n```\n\n<!-- claim: x == 1 -->\nText.\n",
    )
    ran = handbook.run("docs", "--record")
    assert ran.returncode == 0 and "1 claims on 1 pages: 1 skipped" in ran.stdout
    assert entry(handbook)["claims"] == [{"outcome": "skipped", "reason": "needs no-such"}]
    assert build(handbook).returncode == 0
    html = (handbook.root / "site/a/index.html").read_text()
    assert "claim--skipped" in html and "Not evaluated: needs no-such" in html


def test_commands_have_their_output_and_files(handbook: Handbook) -> None:
    handbook.page(
        "a",
        "```console\n$ echo '{\"n\": 3}' > x.json; echo 4 lines\n4 lines\n```\n\n"
        "<!-- claim: int(output.split()[0]) == 4 and load_json('x.json')['n'] == 3 -->\nText.\n",
    )
    ran = handbook.run("docs")
    assert ran.returncode == 0 and "1 claims on 1 pages: 1 held" in ran.stdout, ran.stdout


def test_a_claim_touches_no_random_numbers(handbook: Handbook) -> None:
    page = (
        "---\ntitle: A\nrequires: [torch]\n---\n# A\n\n```python\nimport torch\n\nx = 1\n```\n\n{}"
        "```python\nprint(torch.rand(1).item())\n```\n\n"
        '```text title="Output"\n0.49625658988952637\n```\n'
    )
    claim = "<!-- claim: torch.rand(1).item() < 2 * x -->\nText.\n\n"
    for name, text in {"a": "```python\ntorch.manual_seed(0)\n```\n\n", "b": ""}.items():
        seeded = "```python\ntorch.manual_seed(0)\n```\n\n"
        handbook.page(name, page.format(seeded + (claim if name == "a" else text)))
    ran = handbook.run("docs")
    assert ran.returncode == 0, ran.stdout


def test_claims_over_results_are_evaluated_by_the_build(handbook: Handbook) -> None:
    figures = handbook.write("benchmarks/results/race.json", json.dumps(RESULTS))
    handbook.page(
        "a",
        '<!-- claim: results("race", "x/ratio") < 0.5 -->\n'
        'It needs {{ results("race", "x/ratio") | percent }} of the time.\n',
    )
    assert "1 claims on 1 pages: 1 held" in handbook.run("docs", "--record").stdout
    assert build(handbook).returncode == 0
    html = (handbook.root / "site/a/index.html").read_text()
    assert "It needs 25% of the time. <button" in html and "claim--held" in html
    assert "Evaluated over benchmarks/results/race.json: a CPU, in May." in html
    figures.write_text(json.dumps({"figures": {"x/ratio": 0.75}}))
    refused = build(handbook)
    assert refused.returncode == 1
    assert "docs/a.md:3: this does not hold" in refused.stderr + refused.stdout
    assert "= 0.75" in refused.stderr + refused.stdout
    figures.write_text(json.dumps({"figures": {}}))
    assert "has no figure 'x/ratio'" in build(handbook).stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- clam: x > 1 -->\nText.\n", "docs/a.md:3: unknown <!-- clam: ... -->"),
        ("<!-- claim: x > 1 -->\nText.\n", "docs/a.md:3: a claim about what? No block above"),
        (
            "```python\nx = 1\n```\n\n<!-- claim: x == 1 -->\n```python\n```\n",
            "docs/a.md:7: a claim stands before a paragraph",
        ),
        (
            '```python\nx = 1\n```\n\n<!-- claim row="a": x == 1 -->\nText.\n',
            "docs/a.md:7: row= belongs to a claim above a table",
        ),
        (
            '```python\nx = 1\n```\n\n<!-- claim on="a": x == 1 -->\nText.\n',
            "docs/a.md:7: unknown option 'on' of a claim (known: at, row)",
        ),
        ("<!-- note ->\n\n```python\n1 / 0\n```\n", "docs/a.md:3: this comment is not closed"),
        ("## About {{ x }}\n", "docs/a.md:3: a heading has no {{ ... }}"),
        ("It is {{ 3 }}.\n", "docs/a.md:3: a number in prose is {{ results(...) | filter }}"),
    ],
)
def test_bad_comments_are_named(handbook: Handbook, text: str, message: str) -> None:
    handbook.page("a", text)
    assert message in handbook.run("docs").stdout
    assert message in build(handbook).stderr
