"""Scripts as readers fetch them: without comments and indentation, but still to be read."""

from __future__ import annotations

import re

INLINE = re.compile(
    r"(?P<tag><script(?![^>]*\b(?:src|type)=)[^>]*>)(?P<code>.*?)</script>", re.DOTALL
)


def strip_comments(script: str) -> str:
    """A script of ours without comments on lines of their own, and without indentation;
    text between backticks stays.
    """
    out, text = [], False
    script = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*\n", "", script, flags=re.DOTALL | re.MULTILINE)
    for line in script.split("\n"):
        if text or not re.match(r"\s*(//|$)", line):
            out.append(line if text else line.lstrip())
        text ^= line.count("`") % 2 == 1
    return "\n".join(out) + "\n"


def minify_inline_scripts(page: str) -> str:
    """A page whose inline scripts are as short as those in files."""
    return INLINE.sub(
        lambda script: f"{script['tag']}{strip_comments(script['code']).strip()}</script>", page
    )


def class_names(script: str) -> set[str]:
    """What a script may use as a class: words in its strings;
    of Material's own, those that look like its classes.
    """
    strings = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`]*)`', script)
    words = {
        word
        for groups in strings
        for string in groups
        for word in re.findall(r"[A-Za-z_][\w-]*", string)
    }
    material = "__md_get" in script or "md-tooltip" in script
    return (
        {w for w in words if w.startswith(("md-", "tabbed-")) or w in ("js", "focus-visible")}
        if material
        else words
    )
