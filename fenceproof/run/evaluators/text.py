"""`text` and `mermaid` are shown; text titled Output, Error or Warning is compared."""

from __future__ import annotations

from fenceproof.compare import Mismatch, matches
from fenceproof.page import Block
from fenceproof.run.session import Session

LANGUAGES = ("text", "mermaid")


def evaluate(block: Block, session: Session) -> None:
    """Nothing to do: the block is there to be read.

    Args:
        block: the fence, not used.
        session: the run of its page, not used.
    """


def compare(block: Block, session: Session) -> None:
    """The block above printed, raised or warned exactly this.

    Args:
        block: the fence.
        session: the run of its page.

    Raises:
        Mismatch: it differs, and `--update` does not ask for the new text.
    """
    got = {"output": session.stdout, "error": session.error, "warning": "\n".join(session.warned)}[
        block.kind
    ]
    if not matches(block.code, got, block.tolerance) and not session.suggest_edit(
        block.lines, got, block
    ):
        raise Mismatch(
            f"{block.where}: the page shows:\n{block.code.rstrip()}\n"
            f"but got:\n{got.rstrip() or '(nothing)'}"
        )
