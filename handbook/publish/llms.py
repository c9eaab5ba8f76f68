"""The pages as Markdown, and what robots read: llms.txt, robots.txt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fenceproof.page import Page
from fenceproof.reader import visible_lines


def markdown(page: Page) -> str:
    """A page with its includes resolved, and without what only the build reads."""
    text = "\n".join(line for line in visible_lines(page) if line is not None)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def address(page: Any, base: str) -> str:
    """Where the Markdown of a page lies."""
    return f"{base}{page.url.removesuffix('index.html')}index.md".replace("./index.md", "index.md")


def llms(nav: Any, config: Any) -> str:
    """The table of contents as https://llmstxt.org asks for it."""
    base = config["site_url"] or ""
    lines = [
        f"# {config['site_name']}",
        "",
        "> " + " ".join(str(config["site_description"]).split()),
        "",
    ]

    def walk(items: Any) -> None:
        for item in items:
            if item.children:
                lines.extend(["", f"## {item.title}", ""])
                walk(item.children)
            elif item.is_page:
                about = " ".join(str(item.meta.get("description", "")).split())
                target = address(item, base)
                if item.file.src_uri.endswith(".ipynb"):
                    target = f"{base}{item.url}{Path(item.file.src_uri).name}"
                lines.append(f"- [{item.title}]({target}){': ' + about if about else ''}")

    walk(nav.items)
    return "\n".join(lines) + "\n"


def robots(config: Any) -> str:
    sitemap = f"\nSitemap: {config['site_url']}sitemap.xml\n" if config["site_url"] else ""
    return f"User-agent: *\nAllow: /\n{sitemap}"
