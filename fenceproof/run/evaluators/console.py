"""`console` and `bash`: commands in the page's shell; what stands under a command is its output."""

from __future__ import annotations

from fenceproof.compare import Mismatch, matches
from fenceproof.languages import Command, commands
from fenceproof.page import Block, Line
from fenceproof.run.session import Session
from fenceproof.run.shell import ShellEnded

LANGUAGES = ("console", "bash")


def evaluate(block: Block, session: Session) -> None:
    """Run each command, and compare its exit code and what it printed with the page.

    Args:
        block: the fence.
        session: the run of its page.

    Raises:
        Mismatch: they differ, or the block has no command or ended the shell.
    """
    whole = Command(block.opening, f"set -e\n{block.code}set +e")
    steps = [whole] if block.lang == "bash" else commands(block.lines)
    if not steps:
        raise Mismatch(f"{block.where}: a console fence needs lines that start with '$ '")
    session.stdout = ""
    expected = int(block.directive.get("exit", 0))
    for command in steps:
        place = f"{block.at(command.line)}: $ {command.text.strip()}"
        try:
            shared = "build" in block.directive and command is steps[0]
            result = (
                session.build(command.text, block) if shared else session.shell.run(command.text)
            )
        except ShellEnded as ended:
            raise Mismatch(f"{place}\nended the page's shell\n{ended}".rstrip()) from None
        session.stdout += result.stdout
        output = result.stdout + result.stderr
        wanted = expected if command is steps[-1] else 0
        if result.code != wanted:
            raise Mismatch(
                f"{place}\nexited with {result.code}, the page says {wanted}\n{output}".rstrip()
            )
        shown = "\n".join(command.output).strip("\n")
        same = not shown.strip() or matches(shown, result.stdout, _tolerance(block, command))
        if not same and not session.suggest_edit(command.output, result.stdout):
            raise Mismatch(f"{place}\nthe page shows:\n{shown}\nbut got:\n{output}".rstrip())


def _tolerance(block: Block, command: Command[Line]) -> dict[int, float]:
    """The fence's tolerance, with the lines counted from the command's first line of output."""
    tolerance = block.tolerance
    if not tolerance or not command.output:
        return tolerance
    first = next(n for n, line in enumerate(block.lines, 1) if line is command.output[0])
    return {number - first + 1: limit for number, limit in tolerance.items()}
