"""The addresses that pages had before: each leads on to where its page is now."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path, PurePosixPath

from fenceproof.project import Project
from fenceproof.reader import load_page
from handbook.publish.csp import protect

# Without scripts readers land at the top of the page; with them, at the heading that was linked.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="canonical" href="{target}">
<meta name="robots" content="noindex">
<noscript><meta http-equiv="refresh" content="0; url={target}"></noscript>
<script>location.replace("{target}" + location.search + location.hash)</script>
</head>
<body>This page has moved: <a href="{target}">{title}</a></body>
</html>
"""


def write_redirects(site: Path, project: Project) -> None:
    """Write a page for each address in a page's front matter, `moved_from:`.

    Args:
        site: the folder of the built site.
        project: what it was built from.

    Raises:
        FileExistsError: another page is at the old address.
    """
    for name in project.navigation:
        if not name.endswith(".md"):
            continue
        page = load_page(project.docs / name, project)
        path = PurePosixPath(name)
        now = path.parent if path.stem == "index" else path.with_suffix("")
        for old in page.meta.get("moved_from", []):
            target = os.path.relpath(now, old) + "/"
            file = site / old / "index.html"
            if file.exists():
                raise FileExistsError(f"{page.path}: moved_from: there is a page at {old}")
            file.parent.mkdir(parents=True, exist_ok=True)
            html = PAGE.format(title=escape(str(page.meta["title"])), target=target)
            file.write_text(protect(html), encoding="utf-8")
