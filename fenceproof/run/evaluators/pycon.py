"""`pycon`: a session with `>>>` prompts, checked as a doctest."""

from __future__ import annotations

import doctest
import sys

from fenceproof.compare import Mismatch, matches
from fenceproof.page import Block
from fenceproof.run.session import Session

LANGUAGES = ("pycon",)


class _Checker(doctest.OutputChecker):
    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return matches(want, got)


def evaluate(block: Block, session: Session) -> None:
    """Run the session as a doctest, in the page's own module.

    Args:
        block: the fence.
        session: the run of its page.

    Raises:
        Mismatch: an example printed something else, or there is none.
    """
    path, line = next((x.origins[-1] for x in block.lines), block.opening.origins[-1])
    examples = doctest.DocTestParser().get_examples(block.code, str(path))
    if not examples:
        raise Mismatch(f"{block.where}: a pycon fence needs lines that start with >>>")
    test = doctest.DocTest(examples, session.namespace, str(path), str(path), line - 1, block.code)
    report: list[str] = []
    real_main, sys.modules["__main__"] = sys.modules["__main__"], session.module
    try:
        with session.watch_warnings(block):
            runner = doctest.DocTestRunner(_Checker(), verbose=False)
            runner.run(test, out=report.append, clear_globs=False)
    finally:
        sys.modules["__main__"] = real_main
    if report:
        raise Mismatch("".join(report).strip())
