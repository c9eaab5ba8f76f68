"""`python` runs in the page's own `__main__` module; failures point at the line to edit."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import sys
import traceback
from collections.abc import Callable
from types import CodeType

from fenceproof.compare import Mismatch
from fenceproof.page import Block
from fenceproof.run.session import Session

LANGUAGES = ("python",)


def compile_block(
    block: Block, change: Callable[[ast.Module], None] = lambda tree: None
) -> list[CodeType]:
    """Compile so that every frame names the file and line that a person edits.

    Consecutive statements that come from one file become one code object
    with that file's name and line numbers; a statement that straddles an
    include reports lines of the page.

    Args:
        block: the fence.
        change: what to do to the parsed program before it is compiled.
    """

    def origin(number: int, depth: int = -1) -> tuple[str, int]:
        path, line = block.lines[min(number, len(block.lines)) - 1].origins[depth]
        return str(path), line

    try:
        tree = ast.parse(block.code)
    except SyntaxError as error:
        error.filename, error.lineno = origin(error.lineno or 1)
        error.end_lineno = None
        raise
    change(tree)
    groups: list[tuple[str, list[ast.stmt]]] = []
    for statement in tree.body:
        first = min(
            [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))]
        )
        last = statement.end_lineno or first
        depth = -1 if len({origin(n)[0] for n in range(first, last + 1)}) == 1 else 0
        path = origin(first, depth)[0]
        for node in ast.walk(statement):
            if isinstance(
                node,
                ast.stmt
                | ast.expr
                | ast.excepthandler
                | ast.arg
                | ast.keyword
                | ast.alias
                | ast.pattern,
            ):
                end = origin(node.end_lineno or node.lineno, depth)[1]
                node.lineno = origin(node.lineno, depth)[1]
                node.end_lineno = max(node.lineno, end)
        if groups and groups[-1][0] == path:
            groups[-1][1].append(statement)
        else:
            groups.append((path, [statement]))
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return [
        compile(ast.Module(body, []), path, "exec", flags, dont_inherit=True)
        for path, body in groups
    ]


def evaluate(block: Block, session: Session) -> None:
    """Run the block in the page's own module; keep what it printed, and the error it announced.

    Args:
        block: the fence.
        session: the run of its page.

    Raises:
        Mismatch: it ran although an Error fence follows, or set off a deprecation warning.
        Exception: what it raised without an Error fence below.
    """
    out = io.StringIO()
    session.error = ""
    real_main, sys.modules["__main__"] = sys.modules["__main__"], session.module
    try:
        with session.watch_warnings(block), contextlib.redirect_stdout(out):
            for code in compile_block(block, session.changes.get(block, lambda tree: None)):
                result = eval(code, session.namespace)
                if code.co_flags & inspect.CO_COROUTINE:
                    session.runner.run(result)
    except Mismatch:
        raise
    except Exception as error:
        if "error" not in block.expects:
            raise
        session.error = "".join(traceback.format_exception_only(error))
    finally:
        sys.modules["__main__"] = real_main
        session.stdout = out.getvalue()
    if "error" in block.expects and not session.error:
        raise Mismatch(
            f"{block.where}: the page says that this raises\n"
            f"{block.expects['error'].code}but it ran"
        )


def check(text: str, block: Block) -> None:
    """Parse the text.

    Args:
        text: what is checked, without annotation marks.
        block: the fence.

    Raises:
        SyntaxError: it is not Python.
    """
    compile(text, block.title, "exec", ast.PyCF_ONLY_AST)
