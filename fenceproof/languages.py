"""The languages of fences: what happens to each, and what its copy button yields.

To add a language, add its name here and a module that does the work to `run/evaluators/`.
"""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

S = TypeVar("S", bound=str)

MARK = re.compile(r"[ \t]*(?:#|//|--)[ \t]*\(\d+\)!?[ \t]*$")  # annotations: # (1)!
ALIASES = {"py": "python", "sh": "bash", "yml": "yaml", "": "(none)"}


def plain(code: str) -> str:
    """Code without annotation marks, blank ends and trailing blanks."""
    return "\n".join(MARK.sub("", line).rstrip() for line in code.split("\n")).strip("\n")


@dataclass
class Command(Generic[S]):
    """One `$ ` line with its `> ` continuations, and the output that the page shows."""

    line: S
    text: str
    output: list[S] = field(default_factory=list)


def commands(lines: Iterable[S]) -> list[Command[S]]:
    """The commands of a console block."""
    parsed: list[Command[S]] = []
    for line in lines:
        if line.startswith("$ "):
            parsed.append(Command(line, line[2:]))
        elif parsed and line.startswith("> ") and not parsed[-1].output:
            parsed[-1].text += "\n" + line[2:]
        elif parsed:
            parsed[-1].output.append(line)
    return parsed


def without_prompts(code: str) -> str:
    """The commands of a console block, without prompts and output."""
    parsed = commands(code.split("\n"))
    return "\n".join(command.text for command in parsed) if parsed else plain(code)


def session_statements(code: str) -> str:
    """The statements of a session with `>>>` prompts."""
    return plain("".join(example.source for example in doctest.DocTestParser().get_examples(code)))


@dataclass(frozen=True)
class Language:
    """What happens to the fences of one language.

    Args:
        outcome: the word in the records when all is well: ran, compared, parsed or shown.
        runs: whether an Output, Error or Warning fence may follow.
        copied: turns a block's code into what the copy button yields.
    """

    outcome: str
    runs: bool = False
    copied: Callable[[str], str] = plain


LANGUAGES = {
    "python": Language("ran", runs=True),
    "pycon": Language("compared", copied=session_statements),
    **dict.fromkeys(("console", "bash"), Language("ran", runs=True, copied=without_prompts)),
    **dict.fromkeys(("yaml", "json", "toml", "ini", "dockerfile", "nginx"), Language("parsed")),
    **dict.fromkeys(("text", "mermaid"), Language("shown")),
}
SHOWN = Language("shown")  # of a fence that nothing checks, under a skip
EXPECTED = ("output", "error", "warning")  # titles of the text fences that are compared


def language(name: str) -> Language:
    """What happens to a fence of this language; an unknown one is shown."""
    return LANGUAGES.get(name, SHOWN)


def copied(name: str, code: str) -> str:
    """What the copy button yields for a block of this language.

    Args:
        name: of the language.
        code: of the block.
    """
    return language(name).copied(code)
