"""What is different in other versions of torch and Python: what the pages expect there, and what
the records say of what did not run.
"""

from __future__ import annotations

import collections
import html

from fenceproof.environments import environments
from fenceproof.evidence import Evidence, anchor
from fenceproof.page import Block
from fenceproof.project import Project
from handbook.publish.verification import checked_pages, matrix


def versions(project: Project) -> str:
    """The table of the environments.

    Args:
        project: whose records are read.

    Returns:
        HTML.
    """
    return matrix(checked_pages(project))


def link(evidence: Evidence, block: Block | None = None) -> str:
    """A link from the compatibility page, which lies in a chapter, to a page or one of its blocks.

    Args:
        evidence: of the page.
        block: on the page.

    Returns:
        HTML.
    """
    name = evidence.page.name
    title = html.escape(str(evidence.page.meta.get("title") or name))
    place = f"#{anchor(block)}" if block else ""
    return f'<a href="../../{name.removesuffix("index").rstrip("/")}/{place}">{title}</a>'


def text_of(fence: Block) -> str:
    """What a fence expects.

    Args:
        fence: an Output, Error or Warning.

    Returns:
        HTML.
    """
    return f"<pre><code>{html.escape(fence.code)}</code></pre>"


def changes(project: Project) -> str:
    """Each text that the pages expect of some versions only, beside that of the others, by
    version.

    Args:
        project: whose pages are read.

    Returns:
        HTML.
    """
    found: dict[str, list[str]] = collections.defaultdict(list)
    for evidence in checked_pages(project):
        for block in evidence.page.blocks:
            others = {fence.kind: fence for fence in block.fences if not fence.versions}
            for fence in (fence for fence in block.fences if fence.versions):
                other = others.get(fence.kind)
                before = (
                    f"<pre><code>{html.escape(other.code)}</code></pre>" if other else "nothing"
                )
                now = f"<pre><code>{html.escape(fence.code)}</code></pre>"
                found[fence.versions].append(
                    f"<tr><td>{link(evidence, block)}, {fence.title}</td>"
                    f"<td>{before}</td><td>{now}</td></tr>"
                )
    if not found:
        return "<p>No page expects anything that depends on a version.</p>"
    return "".join(
        f"<h3>{html.escape(name)}</h3><table><thead><tr><th scope=col>where</th>"
        "<th scope=col>with other versions</th>"
        f"<th scope=col>with {html.escape(name)}</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
        for name, rows in sorted(found.items())
    )


def exceptions(project: Project) -> str:
    """What the records of each environment say of pages that did not pass there: those that
    failed with their error, and how many were left out for which reason.

    Args:
        project: whose records are read.

    Returns:
        HTML; an environment in which all is as in the baseline is not named.
    """
    evidences = checked_pages(project)
    parts = []
    for one in environments(evidences):
        failed, left_out = [], collections.Counter[str]()
        for evidence in evidences:
            entry = evidence.entries.get(one.name)
            if entry is None or entry is evidence.entry:
                continue
            if failure := evidence.failures.get(one.name):
                error = html.escape(failure.get("error", ""))
                failed.append(f"<li>{link(evidence)}: <code>{error}</code></li>")
            elif evidence.fresh[one.name] and evidence.valid and evidence.entry:
                pairs = zip(entry["blocks"], evidence.entry["blocks"], strict=True)
                left_out.update(
                    {
                        here["reason"]
                        for here, there in pairs
                        if here["outcome"] == "skipped" != there["outcome"]
                        and not here["reason"].startswith("holds with")
                    }
                )
        items = "".join(failed) + "".join(
            f"<li>{number} {'page' if number == 1 else 'pages'} not run, in part or in whole: "
            f"{html.escape(reason)}</li>"
            for reason, number in left_out.most_common()
        )
        if items:
            parts.append(f"<h3>{html.escape(one.name)}</h3><ul>{items}</ul>")
    return "".join(parts) or "<p>Every page that ran in several environments passed in each.</p>"
