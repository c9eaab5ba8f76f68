"""One stylesheet of the rules that the built pages use, in place of three.

Material's own has 137 kB, of which most rules never match here.
A rule stays when each class in one of its selectors is named somewhere in the
pages or the scripts; a custom property stays when something uses it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tinycss2

from handbook.publish.scripts import class_names

LINK = re.compile(
    r'<link rel="stylesheet" href="((?:\.\./|\./)*|/)'
    r'((?:assets/stylesheets/[\w.]+|assets/css/site)\.css)">\s*'
)
# What pages name: classes, and the attributes that Material's selectors ask for.
ATTRIBUTES = {"dir", "data-md-color-primary", "data-md-color-accent"}
NAMED = (" class", *(f" {name}" for name in sorted(ATTRIBUTES)))
# What Material's script names, and where it comes from: without that in any page, its rules go.
SPARE = {
    "md-annotation": "annotate",
    "md-tooltip": "annotate",
    "md-source__fact": "md-source__facts",
    "md-source__repository--active": "md-source__facts",
    "md-status": "md-status",
    "md-tag": "md-tag",
    "md-version": "md-version",
}
PREFIXED = re.compile(r"-webkit-(mask[\w-]*|user-select|print-color-adjust)")
KEYFRAMES = re.compile(r"@(?:-webkit-)?keyframes (?P<name>[\w-]+)")


@dataclass(frozen=True)
class Selector:
    """One of a rule's selectors, and what it needs: classes, and values of `ATTRIBUTES`."""

    text: str
    names: frozenset[str]


@dataclass(frozen=True)
class Declaration:
    """`name: value`."""

    name: str
    value: str


@dataclass(frozen=True)
class Rule:
    """A rule with what stands between its braces, or a statement that has none."""

    head: str  # of an at-rule, `@media print`; empty for a rule with selectors
    selectors: tuple[Selector, ...]
    body: tuple[Rule | Declaration, ...] | None


def compact_tokens(tokens: list[Any]) -> list[Any]:
    """Tokens without comments and without the space that means nothing."""
    kept: list[Any] = []
    for token in tokens:
        if token.type == "comment":
            continue
        if token.type == "whitespace":
            if kept and kept[-1].type != "whitespace" and kept[-1] not in (",", ":"):
                kept.append(tinycss2.ast.WhitespaceToken(token.source_line, 0, " "))
            continue
        if token == "," and kept and kept[-1].type == "whitespace":
            kept.pop()
        for inner in ("arguments", "content"):
            if hasattr(token, inner):
                setattr(token, inner, compact_tokens(getattr(token, inner)))
        kept.append(token)
    return kept[:-1] if kept and kept[-1].type == "whitespace" else kept


def write_compactly(tokens: list[Any]) -> str:
    return str(tinycss2.serialize(compact_tokens(tokens)))


def split_selectors(tokens: list[Any]) -> Iterator[Selector]:
    """The selectors of a rule. What is inside `:not()`, `:is()` and the like is not required."""
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    for part in parts:
        names = {
            name.value
            for dot, name in itertools.pairwise(part)
            if dot == "." and name.type == "ident"
        }
        for token in part:
            if token.type == "[] block" and len(token.content) == 3:
                attribute, equals, value = token.content
                if equals == "=" and attribute.value in ATTRIBUTES:
                    names.add(value.value)
        yield Selector(write_compactly(part), frozenset(names))


def parse(nodes: list[Any]) -> tuple[Rule | Declaration, ...]:
    """What tinycss2 has read.

    Raises:
        ValueError: something is no CSS.
    """
    parsed: list[Rule | Declaration] = []
    for node in nodes:
        if node.type == "error":
            raise ValueError(f"stylesheet, line {node.source_line}: {node.message}")
        if node.type == "declaration":
            important = "!important" if node.important else ""
            parsed.append(Declaration(node.name, write_compactly(node.value) + important))
            continue
        content = node.content
        if content is not None:
            content = parse(tinycss2.parse_blocks_contents(content, True, True))
        if node.type == "qualified-rule":
            parsed.append(Rule("", tuple(split_selectors(node.prelude)), content))
        elif node.lower_at_keyword != "charset":
            head = f"@{node.at_keyword} {write_compactly(node.prelude)}".strip()
            parsed.append(Rule(head, (), content))
    return tuple(parsed)


def parse_css(css: str) -> tuple[Rule | Declaration, ...]:
    """The rules of a stylesheet, in their order."""
    return parse(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def write_css(rules: tuple[Rule | Declaration, ...]) -> str:
    """Rules as text, without a space that can go, and without prefixes that say things twice."""
    parts: list[str] = []
    for rule, following in itertools.zip_longest(rules, rules[1:]):
        if isinstance(rule, Declaration):
            prefixed = PREFIXED.fullmatch(rule.name)
            if not prefixed or following != Declaration(prefixed[1], rule.value):
                parts.append(f"{rule.name}:{rule.value}" + (";" if following else ""))
            continue
        head = rule.head or ",".join(selector.text for selector in rule.selectors)
        parts.append(f"{head};" if rule.body is None else f"{head}{{{write_css(rule.body)}}}")
    return "".join(parts)


def minify_css(css: str) -> str:
    return write_css(parse_css(css))


def drop_unused_rules(
    rules: tuple[Rule | Declaration, ...], names: set[str]
) -> tuple[Rule | Declaration, ...]:
    """The rules whose selectors can match where only these names are used."""
    kept: list[Rule | Declaration] = []
    for rule in rules:
        if isinstance(rule, Declaration) or rule.body is None:
            kept.append(rule)
            continue
        selectors = tuple(selector for selector in rule.selectors if selector.names <= names)
        body = drop_unused_rules(rule.body, names)
        if body and (rule.head or selectors):
            kept.append(Rule(rule.head, selectors, body))
    return tuple(kept)


def declarations(rules: tuple[Rule | Declaration, ...]) -> Iterator[Declaration]:
    for rule in rules:
        if isinstance(rule, Declaration):
            yield rule
        elif rule.body is not None:
            yield from declarations(rule.body)


def drop_declarations(
    rules: tuple[Rule | Declaration, ...], wanted: set[str]
) -> tuple[Rule | Declaration, ...]:
    """Rules without the unused custom properties, and without rules that are then empty."""
    kept: list[Rule | Declaration] = []
    for rule in rules:
        if isinstance(rule, Declaration):
            if not rule.name.startswith("--") or rule.name in wanted:
                kept.append(rule)
        elif rule.body is None:
            kept.append(rule)
        elif body := drop_declarations(rule.body, wanted):
            kept.append(dataclasses.replace(rule, body=body))
    return tuple(kept)


def drop_unused_properties(
    rules: tuple[Rule | Declaration, ...], elsewhere: str
) -> tuple[Rule | Declaration, ...]:
    """Drop custom properties and animations that nothing asks for.

    Args:
        rules: a stylesheet.
        elsewhere: text of other stylesheets and of scripts.
    """
    left = -1
    while left != (left := sum(1 for _ in declarations(rules))):
        text = elsewhere + " ".join(declaration.value for declaration in declarations(rules))
        rules = drop_declarations(rules, set(re.findall(r"var\(\s*(--[\w-]+)", text)))
    animated = {
        word
        for declaration in declarations(rules)
        if declaration.name in ("animation", "animation-name")
        for word in re.findall(r"[\w-]+", declaration.value)
    }
    return tuple(
        rule
        for rule in rules
        if isinstance(rule, Declaration)
        or not (frames := KEYFRAMES.fullmatch(rule.head))
        or frames["name"] in animated
    )


def bundle_stylesheets(site: Path, pages: dict[Path, str]) -> dict[Path, str]:
    """Write the one stylesheet, and return the pages that ask for it."""
    sheets = [site / m[2] for m in LINK.finditer(next(iter(pages.values())))]
    scripts = [
        p.read_text(encoding="utf-8")
        for p in [*site.glob("assets/javascripts/bundle*.js"), *site.glob("assets/js/*.js")]
    ]
    values = {
        part.partition('"')[0]
        for text in pages.values()
        for name in NAMED
        for part in text.split(f'{name}="')[1:]
    }
    classes = {name for value in values for name in value.split()}
    known = classes.union(*map(class_names, scripts)) - {"rtl"}
    known -= {
        name
        for name in known
        for start, cause in SPARE.items()
        if name.startswith(start) and cause not in classes
    }
    elsewhere = "".join(scripts[1:]) + "".join(
        path.read_text(encoding="utf-8") for path in site.rglob("assets/css/*.css")
    )
    rules = parse_css("".join(sheet.read_text(encoding="utf-8") for sheet in sheets))
    css = write_css(drop_unused_properties(drop_unused_rules(rules, known), elsewhere))
    target = site / "assets" / "css" / f"{hashlib.sha256(css.encode()).hexdigest()[:10]}.css"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(css, encoding="utf-8")
    for sheet in (*sheets, *(s.with_suffix(s.suffix + ".map") for s in sheets)):
        sheet.unlink(missing_ok=True)

    def replace_links(text: str) -> str:
        first = LINK.search(text)
        if first is None:
            return text
        link = f'<link rel="stylesheet" href="{first[1]}assets/css/{target.name}">\n'
        return text[: first.start()] + link + LINK.sub("", text[first.end() :])

    return {path: replace_links(text) for path, text in pages.items()}
