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
from handbook.publish.verification import checked_pages, matrix, outcome_of


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
    page = evidence.page
    place = f"#{anchor(block)}" if block else ""
    return f'<a href="../../{page.location}{place}">{page.name}</a>'


def difference(before: Block | None, after: Block) -> str:
    """Two expectations as the lines of a diff.

    Args:
        before: the Output, Error or Warning of other versions, if they have one.
        after: that of the versions in question.

    Returns:
        HTML.
    """
    lines = [f"- {line}" for line in (before.code.splitlines() if before else ())]
    lines += [f"+ {line}" for line in after.code.splitlines()]
    code = html.escape("\n".join(lines))
    return f'<div class="language-text highlight no-copy"><pre><code>{code}</code></pre></div>'


def changes(project: Project) -> str:
    """Each text that the pages expect of some versions only, beside that of the others, by
    version; what several pages have in common is shown once.

    Args:
        project: whose pages are read.

    Returns:
        HTML.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for evidence in checked_pages(project):
        for block in evidence.page.blocks:
            others = {fence.kind: fence for fence in block.fences if not fence.versions}
            for fence in (fence for fence in block.fences if fence.versions):
                text = difference(others.get(fence.kind), fence)
                found.setdefault(fence.versions, {}).setdefault(text, []).append(
                    link(evidence, fence)
                )
    if not found:
        return "<p>No page expects anything that depends on a version.</p>"
    return "".join(
        f"<h3>{html.escape(name)}</h3>"
        + "".join(f"<p>{', '.join(links)}:</p>{text}" for text, links in texts.items())
        for name, texts in sorted(found.items(), key=lambda item: order_of(item[0]))
    )


def order_of(versions: str) -> tuple[bool, str]:
    """What is said of torch first, then the other packages by name.

    Args:
        versions: as on a fence, `torch>=2.14`.
    """
    return not versions.startswith("torch"), versions


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
                        if outcome_of(here) == "skipped" != there["outcome"]
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
