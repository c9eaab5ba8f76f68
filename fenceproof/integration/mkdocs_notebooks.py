"""A hook of MkDocs: what mkdocs-jupyter renders, as a page of this site.

mkdocs-jupyter puts 590 kB of styles and scripts into each page. Here the cells
stay, and get the same code blocks, copy buttons and evidence as other pages;
pictures become files of their own, with the text of the cell's `# alt:` line.
"""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import Any

from fenceproof.evidence import format_date, install_command, large_file_links
from fenceproof.notebook import Notebook, alt_text
from fenceproof.project import find_project

SHOWN = {"image/png": "png", "image/svg+xml": "svg"}


def notebook_of(page: Any) -> Notebook | None:
    """The notebook that a page of MkDocs is, or None."""
    path = Path(page.file.abs_src_path or "")
    return Notebook(path, find_project(path)) if path.suffix == ".ipynb" else None


def on_pre_page(page: Any, config: Any, files: Any) -> Any:
    """Refuse a notebook that is not its source's.

    Args:
        page: of MkDocs.
        config: of MkDocs, not used.
        files: of MkDocs, not used.

    Raises:
        PluginError: its cells or its hash are not those of the source.
    """
    if notebook := notebook_of(page):
        cells = ["".join(c["source"]) for c in notebook.published["cells"]]
        if (
            cells != [c["source"] for c in notebook.cells]
            or notebook.stamp.get("hash") != notebook.hash
        ):
            from mkdocs.exceptions import PluginError

            shown = notebook.project.shown(notebook.path)
            raise PluginError(
                f"{shown}:1: the notebook changed since its record: "
                f"run pytest {shown} --update --record"
            )
    return page


def evidence_line(notebook: Notebook, up: str) -> str:
    """The line under the title.

    Args:
        notebook: the notebook.
        up: the way to the site's root, `../` for each folder.
    """
    stamp, name = notebook.stamp, notebook.path.name
    versions = " · ".join(
        f"{p} {stamp['versions'][p]}" for p in ("torch",) if p in stamp["versions"]
    )
    ran = (
        f"Ran on {format_date(stamp['date'])}"
        + (f" · {versions}" if versions else "")
        + f" · Python {stamp['python']}"
    )
    links = (
        f'<a href="{name}" download>.ipynb</a> · '
        f'<a href="{up}downloads/{notebook.name}.zip" download>.zip</a> with the files that it uses'
    )
    links += "".join(f" · {part}" for part in large_file_links(notebook.files, notebook.project))
    return f'<p class="downloads">Notebook · {ran} · {links}</p>' + install_command(
        notebook.meta["requires"], stamp["versions"]
    )


def on_page_content(rendered: str, page: Any, config: Any, files: Any) -> str:
    """Rebuild the page from the rendered cells; write its pictures beside it.

    Args:
        rendered: what mkdocs-jupyter made.
        page: of MkDocs.
        config: of MkDocs, not used.
        files: of MkDocs, not used.
    """
    notebook = notebook_of(page)
    if notebook is None:
        return rendered
    from bs4 import BeautifulSoup

    # reading it forgot them
    page.meta |= {"title": notebook.meta["title"], "description": notebook.meta["description"]}
    soup: Any = BeautifulSoup(rendered, "html.parser")
    folder = Path(page.file.abs_dest_path).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / notebook.path.name).write_bytes(notebook.path.read_bytes())
    up, parts, number = "../" * len(notebook.name.split("/")), [], 0
    for shown, cell in zip(
        soup.select(".jp-Notebook > .jp-Cell"), notebook.published["cells"], strict=True
    ):
        if cell["cell_type"] == "markdown":
            for anchor in shown.select("a.anchor-link"):
                anchor["class"], anchor["title"] = "headerlink", "Link to this section"
            for link in shown.select("a[href]"):  # as in Markdown pages: links name source files
                link["href"] = re.sub(
                    r"^(?!\w+:|#)([^#]*?)(?:index)?\.(?:md|ipynb)(#.*)?$", r"../\1/\2", link["href"]
                )
            parts.append(shown.select_one(".jp-MarkdownOutput").decode_contents())
            continue
        code = shown.select_one(".highlight pre") or shown.select_one("pre")
        source, body = (
            "".join(cell["source"]) + "\n",
            code.decode_contents().strip("\n").removeprefix("<span></span>"),
        )
        if alt_text(cell):  # readers have it with the picture
            source, body = source.partition("\n")[2], body.partition("\n")[2]
        copied = html.escape(source).replace("\n", "&#10;")
        parts.append(
            f'<div class="language-python highlight" data-copy="{copied}">'
            f"<pre><span></span><code>{body}\n</code></pre></div>"
        )
        for output in shown.select(".jp-OutputArea-output"):
            if picture := output.select_one("img"):
                kind, _, data = picture["src"].removeprefix("data:").partition(";base64,")
                number += 1
                name = f"figure-{number}.{SHOWN[kind]}"
                (folder / name).write_bytes(base64.b64decode(data))
                parts.append(
                    f'<p><img class="figure" src="{name}" alt="{html.escape(alt_text(cell))}" '
                    'loading="lazy"></p>'
                )
            elif table := output.select_one("table"):
                parts.append(str(table))
            elif text := output.get_text().strip("\n"):
                inner = html.escape(text)
                parts.append(
                    '<div class="fence-output no-copy language-text highlight">'
                    f"<pre><code>{inner}\n</code></pre></div>"
                )
    return re.sub(
        r"(</h1>)", lambda m: m[1] + evidence_line(notebook, up), "\n".join(parts), count=1
    )
