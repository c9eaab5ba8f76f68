"""`<!-- test: file -->` writes a block under its title; `script` runs it in a new interpreter."""

from __future__ import annotations

import shlex

from fenceproof.compare import Mismatch
from fenceproof.languages import plain
from fenceproof.page import Block
from fenceproof.run.evaluators import REGISTRY
from fenceproof.run.session import Session
from fenceproof.run.shell import ShellEnded


def write(block: Block, session: Session) -> None:
    """Save the block in the work folder, and check it as its language allows.

    Args:
        block: the fence.
        session: the run of its page.

    Raises:
        Mismatch: its title lies outside the work folder, or its language refuses it.
    """
    path = session.folder / block.title
    if not path.resolve().is_relative_to(session.folder.resolve()):
        raise Mismatch(f"{block.where}: {block.title!r} lies outside the page's folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    text = plain(block.code) + "\n"
    path.write_text(text, encoding="utf-8")
    check = getattr(REGISTRY.get(block.lang), "check", None)
    if check:
        check(text, block)


def run(block: Block, session: Session) -> None:
    """`python name.py`, as a reader would: spawn, `sys.argv` and exit codes work.

    Args:
        block: the fence.
        session: the run of its page.

    Raises:
        Mismatch: it ended with another exit code than the page says.
    """
    if not block.title:
        path = block.source
        block.options["title"] = path[0].rpartition("/")[2] if path else "script.py"
    write(block, session)
    try:
        result = session.shell.run(f"python {shlex.quote(block.title)}")
    except ShellEnded as ended:
        raise Mismatch(f"{block.where}: {ended}") from None
    session.stdout, session.error = result.stdout, ""
    wanted = int(block.directive.get("exit", 0))
    if "error" in block.expects and result.code:
        session.error = result.stderr.rpartition("\nTraceback")[2]
        lines = session.error.split("\n")
        start = next(
            (n for n, line in enumerate(lines) if n and line and not line.startswith(" ")), 0
        )
        session.error = "\n".join(lines[start:])
    elif result.code != wanted:
        raise Mismatch(
            f"{block.where}: python {block.title} exited with {result.code}, "
            f"the page says {wanted}\n{result.stderr}".rstrip()
        )
