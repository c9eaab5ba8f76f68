"""Conclusions as expressions: `<!-- claim: accuracy > best_baseline + 0.002 -->` before a sentence.

A claim is a comparison, or several joined by `and`, `or` or line ends. It is evaluated over what
the blocks above it have computed, and over `results(file, key)`, the derived figures of a
benchmark. Claims over results alone need no run.
"""

from __future__ import annotations

import ast
import builtins
import json
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from fenceproof.project import Project, modified

FORBIDDEN = (ast.Await, ast.Lambda, ast.NamedExpr, ast.Yield, ast.YieldFrom)
OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
HELPERS = {"results", "output", "load_json"}
LONGEST = 60  # characters of a value that readers see
NUMBER = re.compile(r"(`+).*?\1|\{\{(?P<expression>(?:(?!\{\{).)*?)\}\}")


class BadClaim(ValueError):
    """A claim, or a number in prose, that cannot be evaluated; the message says why."""


@dataclass(frozen=True)
class Verdict:
    """What one evaluation of a claim found.

    Args:
        holds: whether it is true.
        values: each operand that is no literal, with its value, as readers see them.
        vacuous: a comparison that the claim holds without, or that nothing can make false;
            empty if each can fail.
    """

    holds: bool
    values: list[tuple[str, str]]
    vacuous: str = ""


def parse(expression: str) -> list[ast.expr]:
    """The comparisons of a claim, one per line of it.

    Raises:
        BadClaim: it is no comparison, or uses what a claim may not use.
    """
    trees: list[ast.expr] = []
    for line in filter(None, (line.strip() for line in expression.split("\n"))):
        try:
            tree = ast.parse(line, mode="eval").body
        except SyntaxError as error:
            raise BadClaim(f"a claim is a Python expression: {error.msg}: {line}") from None
        for node in ast.walk(tree):
            if isinstance(node, FORBIDDEN):
                raise BadClaim(f"a claim has no {type(node).__name__.lower()}: {line}")
        calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == "results" and id(node) not in calls:
                raise BadClaim(f"a page's variable needs another name than results: {line}")
        for comparison in comparisons(tree):
            sides = [ast.unparse(side) for side in (comparison.left, *comparison.comparators)]
            if not used_names(comparison):
                raise BadClaim(f"nothing in this comparison was computed: {line}")
            if len(set(sides)) < len(sides):
                raise BadClaim(f"compared with itself: {line}")
        trees.append(tree)
    if not trees:
        raise BadClaim("a claim without an expression")
    return trees


def comparisons(tree: ast.expr) -> Iterator[ast.Compare]:
    """Every comparison of a claim's line, in order.

    Raises:
        BadClaim: something that is neither a comparison nor several joined by `and` and `or`.
    """
    if isinstance(tree, ast.BoolOp):
        for value in tree.values:
            yield from comparisons(value)
    elif isinstance(tree, ast.Compare):
        yield tree
    else:
        raise BadClaim(f"a claim is a comparison (a < b), joined by and/or: {ast.unparse(tree)}")


def used_names(tree: ast.AST) -> set[str]:
    """The names that an expression reads, without builtins and without its own loop variables."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    return {node.id for node in nodes} - stored - set(dir(builtins))


def is_about_results(expression: str) -> bool:
    """Whether a claim needs no run: it reads benchmarks' results and nothing else.

    Raises:
        BadClaim: see `parse`.
    """
    return all(used_names(tree) == {"results"} for tree in parse(expression))


def calls_of_results(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The (file, key) of every `results(file, key)` in an expression.

    Raises:
        BadClaim: a call with anything but two literal texts.
    """
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "results"
        ):
            arguments = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if len(arguments) != 2 or not all(isinstance(value, str) for value in arguments):
                raise BadClaim(f"results takes a file and a key: {ast.unparse(node)}")
            yield str(arguments[0]), str(arguments[1])


def evaluate(expression: str, namespace: Mapping[str, Any], helpers: Mapping[str, Any]) -> Verdict:
    """Evaluate a claim.

    Args:
        expression: as written on the page.
        namespace: what the page has computed, by name.
        helpers: `results` and, on pages of commands, `output` and `load_json`; a name of the page
            wins.

    Raises:
        BadClaim: see `parse`.
        Exception: whatever an operand raises.
    """
    scope = {**helpers, **namespace}
    values: dict[str, str] = {}
    outcomes: dict[ast.Compare, tuple[bool, bool]] = {}  # as written, and with operands swapped
    trees = parse(expression)
    for tree in trees:
        for comparison in comparisons(tree):
            sides = [comparison.left, *comparison.comparators]
            operands = [_value(side, scope) for side in sides]
            for side, operand in zip(sides, operands, strict=True):
                if used_names(side):
                    values[ast.unparse(side)] = format_value(operand)
            outcomes[comparison] = _compare(comparison.ops, operands)
    holds = all(_combine(tree, outcomes) for tree in trees)
    vacuous = ""
    for comparison, (held, swapped) in outcomes.items() if holds else ():
        if not held:
            continue  # an alternative of an `or`, for another machine
        mutated = outcomes | {comparison: (swapped, swapped)}
        if all(_combine(tree, mutated) for tree in trees):
            vacuous = ast.unparse(comparison)
            break
    return Verdict(holds, list(values.items()), vacuous)


def _value(side: ast.expr, scope: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(side), "<claim>", "eval"), dict(scope))


def _compare(operators: list[ast.cmpop], operands: list[Any]) -> tuple[bool, bool]:
    """Whether a comparison holds, and whether it still does with operands swapped or shifted."""
    as_it_is = swapped = True
    for op, left, right in zip(operators, operands, operands[1:], strict=False):
        compare = OPERATORS[type(op)]
        held = bool(compare(left, right))
        as_it_is &= held
        # an equality is shifted: what was equal is not any more
        swapped &= bool(compare(right, left)) if isinstance(op, ORDERED) else not held
    return as_it_is, swapped


def _combine(tree: ast.expr, outcomes: Mapping[ast.Compare, tuple[bool, bool]]) -> bool:
    if isinstance(tree, ast.BoolOp):
        parts = [_combine(value, outcomes) for value in tree.values]
        return all(parts) if isinstance(tree.op, ast.And) else any(parts)
    assert isinstance(tree, ast.Compare)
    return outcomes[tree][0]


def format_value(value: Any) -> str:
    """A value as readers see it: numbers to four digits, anything else cut to one short line."""
    if not isinstance(value, str) and hasattr(value, "item") and getattr(value, "size", None) == 1:
        value = value.item()  # an array of one number
    elif callable(getattr(value, "numel", None)) and value.numel() == 1:
        value = value.item()  # a tensor of one number
    if isinstance(value, float):
        return f"{value:.4g}"
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def caption_of(project: Project, expression: str) -> str:
    """Where and when the results were measured that a claim reads: the `caption` of each file.

    Args:
        project: where the results are.
        expression: the claim.

    Raises:
        OSError, ValueError: a file of results cannot be read.
    """
    folder = project.root / project.settings.get("results", "benchmarks/results")
    files = {file: None for tree in parse(expression) for file, _ in calls_of_results(tree)}
    parts = []
    for file in files:
        document = json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
        name = project.shown(folder / f"{file}.json")
        parts.append(f"{name}: {document['caption']}" if "caption" in document else name)
    return "; ".join(parts)


def results_of(project: Project) -> Callable[[str, str], Any]:
    """The function `results(file, key)` of claims and of numbers in prose.

    Raises:
        BadClaim: by the function: there is no such file or figure.
    """

    def results(file: str, key: str) -> Any:
        """One derived figure of benchmarks/results/<file>.json, from its `figures`."""
        folder = project.root / project.settings.get("results", "benchmarks/results")
        path = folder / f"{file}.json"
        stamp, known = modified(path), project.memory.get(("results", path))
        if known is None or known[0] != stamp:
            try:
                figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
            except (OSError, ValueError, KeyError, TypeError):
                raise BadClaim(f"{project.shown(path)} has no figures") from None
            known = project.memory["results", path] = (stamp, figures)
        if key not in known[1]:
            raise BadClaim(f"{project.shown(path)} has no figure {key!r}")
        return known[1][key]

    return results


def times(value: float) -> str:
    """`3.4 times`."""
    return f"{value:.0f} times" if value >= 9.95 else f"{value:.1f} times"


def percent(value: float, digits: int = 0) -> str:
    """A fraction as `34%`.

    Args:
        value: the fraction, 1 for 100%.
        digits: after the decimal point.
    """
    return f"{100 * value:.{digits}f}%"


def significant(value: float, digits: int = 2) -> str:
    """A number to so many significant digits, without an exponent.

    Args:
        value: the number.
        digits: how many of them.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{round(value, digits - 1 - math.floor(math.log10(abs(value)))):,.{places}f}"


FILTERS = {"times": times, "percent": percent, "significant": significant}


def expand_numbers(line: str, project: Project) -> str:
    """A line of prose with its numbers: `{{ results("file", "key") | times }}`; code spans stay.

    Args:
        line: as the author wrote it.
        project: where the results are.

    Raises:
        BadClaim: no such figure, or not an expression of that form.
    """
    if "{{" not in line:
        return line
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.filters |= FILTERS
    environment.globals.clear()
    environment.globals["results"] = results_of(project)

    def expand(match: re.Match[str]) -> str:
        if match["expression"] is None:
            return match[0]
        if not match["expression"].strip().startswith("results("):
            raise BadClaim(f"a number in prose is {{{{ results(...) | filter }}}}: {match[0]}")
        try:
            return environment.from_string(match[0]).render()
        except (TemplateError, TypeError, ValueError) as error:
            raise BadClaim(f"{match[0]}: {error}") from None

    return NUMBER.sub(expand, line)
