"""`console` and `bash`: commands in the page's shell; what stands under a command is its output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weave.compare import Mismatch, matches
from weave.evaluators import plain
from weave.shell import ShellEnded

if TYPE_CHECKING:
    from weave.page import Block, Line
    from weave.session import Session

LANGUAGES = ("console", "bash")
OUTCOME = "ran"
RUNS = True


@dataclass
class Command:
    """One `$ ` line with its `> ` continuations, and the output that the page shows."""

    line: Line
    text: str
    output: list[Line] = field(default_factory=list)


def commands(lines: list[Line]) -> list[Command]:
    found: list[Command] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Command(line, line[2:]))
        elif found and line.startswith("> ") and not found[-1].output:
            found[-1].text += "\n" + line[2:]
        elif found:
            found[-1].output.append(line)
    return found


def _place(line: Line, block: Block) -> str:
    path, number = line.origins[-1]
    return f"{block.page.project.shown(path)}:{number}"


def evaluate(block: Block, session: Session) -> None:
    whole = Command(block.opening, f"set -e\n{block.code}set +e")
    found = [whole] if block.lang == "bash" else commands(block.lines)
    if not found:
        raise Mismatch(f"{block.where}: a console fence needs lines that start with '$ '")
    session.stdout = ""
    expected = int(block.directive.get("exit", 0))
    for command in found:
        place = f"{_place(command.line, block)}: $ {command.text.strip()}"
        try:
            shared = "build" in block.directive and command is found[0]
            result = (
                session.build(command.text, block) if shared else session.shell.run(command.text)
            )
        except ShellEnded as ended:
            raise Mismatch(f"{place}\nended the page's shell\n{ended}".rstrip()) from None
        session.stdout += result.stdout
        output = result.stdout + result.stderr
        wanted = expected if command is found[-1] else 0
        if result.code != wanted:
            raise Mismatch(
                f"{place}\nexited with {result.code}, the page says {wanted}\n{output}".rstrip()
            )
        shown = "\n".join(command.output).strip("\n")
        same = not shown.strip() or matches(shown, result.stdout, block.directive.get("tolerance"))
        if not same and not session.propose(command.output, result.stdout):
            raise Mismatch(f"{place}\nthe page shows:\n{shown}\nbut got:\n{output}".rstrip())


def copied(code: str) -> str:
    if not any(line.startswith("$ ") for line in code.split("\n")):
        return plain(code)
    from weave.page import Line

    return "\n".join(c.text for c in commands([Line(x) for x in code.split("\n")]))
