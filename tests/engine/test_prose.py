"""Numbers in prose that nothing on the page accounts for are listed with file and line."""

from __future__ import annotations

import pytest

from fenceproof.prose import figures
from fenceproof.reader import load_page
from tests.engine.small_handbook import Handbook

PAGE = """\
It took 37 ms, and 12 of 450 were wrong.
In 2026 torch 2.13 and Python 3.11 answered 429 with version 1.2.3.
[A paper](https://example.org/) says 99 %.
`128` and $x = 64$ are code; 450 was printed.

1. First 81.

```python
print("450 rows")
```

```text title="Output"
450 rows
```
"""


def test_figures_without_a_source_are_found(handbook: Handbook) -> None:
    from fenceproof.project import Project

    page = load_page(handbook.page("a", PAGE), Project(handbook.root))
    assert [(figure.line, figure.text) for figure in figures(page)] == [
        (3, "37"),
        (3, "12"),
        (8, "81"),
    ]


@pytest.mark.parametrize(
    ("allowed", "code", "lines"),
    [
        (
            "",
            1,
            ["docs/a.md:3: 37 from where?", "docs/a.md:3: 12 from where?", "docs/a.md:8: 81 from"],
        ),
        ('[a]\n"37" = "x"\n"12" = "x"\n"81" = "x"\n', 0, []),
        (
            '[a]\n"37" = "x"\n"12" = "x"\n"81" = "x"\n"5" = "x"\n[b]\n"1" = "x"\n',
            1,
            ["numbers.toml: a has no 5 any more", "numbers.toml: there is no page b"],
        ),
        ("[a", 1, ["numbers.toml: "]),
    ],
)
def test_numbers_command_lists_figures_without_a_source(
    handbook: Handbook, allowed: str, code: int, lines: list[str]
) -> None:
    handbook.page("a", PAGE)
    handbook.write("numbers.toml", allowed)
    listed = handbook.fenceproof("numbers")
    assert listed.returncode == code
    printed = listed.stdout.splitlines()
    assert len(printed) == len(lines)
    assert all(text.startswith(start) for text, start in zip(printed, lines, strict=True))
