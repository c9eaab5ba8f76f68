"""One stylesheet of the rules that the built pages use, in place of three.

Material's own has 137 kB, of which most rules never match here.
A rule stays when each class in one of its selectors is named somewhere in the
pages or the scripts; a custom property stays when something asks for it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from handbook.publish.scripts import class_names

LINK = re.compile(
    r'<link rel="stylesheet" href="((?:\.\./|\./)*|/)'
    r'((?:assets/stylesheets/[\w.]+|assets/css/site)\.css)">\s*'
)
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|url\([^)"\']*\)|[{};]|[^"\'{};u]+|u')
CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
CHOICE = re.compile(r'\[(?:dir|data-md-color-(?:primary|accent))="?([\w-]+)"?\]')
NAMED = (" class", " dir", " data-md-color-primary", " data-md-color-accent")
FUNCTION = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")
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
INSIDE = ("@media", "@supports", "@layer", "@container")


def rules(css: str) -> list[tuple[str, str]]:
    """The top-level (prelude, body) pairs of a stylesheet;
    statements like @import have an empty body.
    """
    found, start, depth, prelude, at = [], 0, 0, "", 0
    for token in TOKEN.finditer(css):
        if token[0] == "{":
            depth += 1
            if depth == 1:
                prelude, start = css[at : token.start()].strip(), token.end()
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                found.append((prelude, css[start : token.start()]))
                at = token.end()
        elif token[0] == ";" and depth == 0:
            at = token.end()
    return found


def selectors(prelude: str) -> list[str]:
    """Split at the commas that do not stand in brackets or strings."""
    parts, depth, quote, start = [], 0, "", 0
    for n, c in enumerate(prelude):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == "," and not depth:
            parts.append(prelude[start:n])
            start = n + 1
    return [*parts, prelude[start:]]


def drop_unused_rules(css: str, names: set[str]) -> str:
    """The rules whose selectors can match."""
    out = []
    for prelude, body in rules(css):
        if prelude.startswith(INSIDE):
            if inner := drop_unused_rules(body, names):
                out.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@"):
            out.append(f"{prelude}{{{body}}}")
        else:
            kept = [
                s
                for s in selectors(prelude)
                if all(c in names for c in CLASS.findall(FUNCTION.sub("", s)) + CHOICE.findall(s))
            ]
            if kept and body.strip():
                out.append(f"{','.join(kept)}{{{body}}}")
    return "".join(out)


def minify_css(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = (
        re.sub(r"\s*([{};,])\s*|(?<=[a-z-]): ", lambda m: m[1] or ":", css)
        .replace(";}", "}")
        .strip()
    )
    return re.sub(
        r"(?<=[{;])-webkit-(mask[\w-]*|user-select|print-color-adjust):([^;}]*);(?=\1:\2[;}])",
        "",
        css,
    )


def drop_unused_properties(css: str, elsewhere: str) -> str:
    """Drop custom properties and animations that nothing asks for."""
    while True:
        wanted = set(re.findall(r"var\(\s*(--[\w-]+)", css + elsewhere))
        declared = set(re.findall(r"(?<=[{;])(--[\w-]+):", css))
        spare = declared - wanted
        if not spare:
            break
        one = "|".join(map(re.escape, sorted(spare, key=len, reverse=True)))
        css = re.sub(
            rf'(?<=[{{;])(?:{one}):(?:"(?:\\.|[^"\\])*"|\'[^\']*\'|url\((?:"[^"]*"|\'[^\']*\'|[^)"\']*)\)|[^;}}"\'])*;?',
            "",
            css,
        )
    css = re.sub(r"(?<=[{};])[^{};@]+\{\}", "", css)
    names = set(re.findall(r"(?<=[{;])animation(?:-name)?:([^;}]+)", css))
    for name in set(re.findall(r"@(?:-webkit-)?keyframes ([\w-]+)", css)):
        if not any(re.search(rf"\b{re.escape(name)}\b", value) for value in names):
            css = re.sub(
                (
                    rf"@(?:-webkit-)?keyframes {re.escape(name)}"
                    r"\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}"
                ),
                "",
                css,
            )
    return css


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
    css = drop_unused_rules(
        minify_css("".join(sheet.read_text(encoding="utf-8") for sheet in sheets)), known
    )
    css = drop_unused_properties(
        css,
        "".join(scripts[1:])
        + "".join(p.read_text(encoding="utf-8") for p in site.rglob("assets/css/*.css")),
    )
    target = site / "assets" / "css" / f"{hashlib.sha256(css.encode()).hexdigest()[:10]}.css"
    target.write_text(css, encoding="utf-8")
    for sheet in (*sheets, *(s.with_suffix(s.suffix + ".map") for s in sheets)):
        sheet.unlink(missing_ok=True)

    def replaced(text: str) -> str:
        first = LINK.search(text)
        if first is None:
            return text
        link = f'<link rel="stylesheet" href="{first[1]}assets/css/{target.name}">\n'
        return text[: first.start()] + link + LINK.sub("", text[first.end() :])

    return {path: replaced(text) for path, text in pages.items()}
