"""The pages as Markdown, and what robots read: llms.txt, robots.txt."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

from fenceproof.notebook import Notebook
from fenceproof.page import Page
from fenceproof.project import Project
from fenceproof.reader import load_page, visible_lines


def page_markdown(page: Page) -> str:
    """A page with its includes resolved, and without what only the build reads."""
    text = "\n".join(line for line in visible_lines(page) if line is not None)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def title_and_description(name: str, project: Project) -> tuple[str, str]:
    """Title and description of a page of the navigation, `background/stack.md`."""
    path = project.docs / name
    meta = (
        Notebook(path, project).meta if path.suffix == ".ipynb" else load_page(path, project).meta
    )
    return str(meta.get("title") or name), " ".join(str(meta.get("description", "")).split())


def address(name: str) -> str:
    """Where the text of a page lies in the site: as Markdown, or as its notebook."""
    path = PurePosixPath(name)
    folder = path.parent if path.stem == "index" else path.with_suffix("")
    file = path.name if path.suffix == ".ipynb" else "index.md"
    return (folder / file).as_posix()


def llms(project: Project) -> str:
    """The table of contents as https://llmstxt.org asks for it."""
    said = " ".join(str(project.config.get("site_description", "")).split())
    lines = [f"# {project.config['site_name']}", "", f"> {said}", ""]

    def walk(entry: Any, title: str = "") -> None:
        if isinstance(entry, str):
            page_title, description = title_and_description(entry, project)
            link = f"- [{title or page_title}]({project.site_url}{address(entry)})"
            lines.append(f"{link}: {description}" if description else link)
        elif isinstance(entry, dict):
            for name, inner in entry.items():
                if isinstance(inner, list):
                    lines.extend(["", f"## {name}", ""])
                walk(inner, name)
        else:
            for inner in entry:
                walk(inner)

    walk(project.config.get("nav", []))
    return "\n".join(lines) + "\n"


def robots(project: Project) -> str:
    sitemap = f"\nSitemap: {project.site_url}sitemap.xml\n" if project.site_url else ""
    return f"User-agent: *\nAllow: /\n{sitemap}"


def write_markdown(site: Path, project: Project) -> None:
    """Write the Markdown of each page of the site beside it, where that changed."""
    for path in project.pages():
        name = path.relative_to(project.docs).as_posix()
        target = site / address(name)
        if target.with_name("index.html").is_file():
            text = page_markdown(load_page(path, project))
            if not target.is_file() or target.read_text(encoding="utf-8") != text:
                target.write_text(text, encoding="utf-8")


def write(site: Path, project: Project) -> None:
    """Write the Markdown beside each page, llms.txt and robots.txt."""
    write_markdown(site, project)
    (site / "llms.txt").write_text(llms(project), encoding="utf-8")
    (site / "robots.txt").write_text(robots(project), encoding="utf-8")
