"""What the site shows of all records together:
the figures of the home page, and the list of all blocks.
"""

from __future__ import annotations

import collections
import html
import textwrap
from typing import Any

from fenceproof.environments import STATES, environments
from fenceproof.evidence import Evidence, anchor, format_date, version_range
from fenceproof.project import Project
from fenceproof.reader import load_page

OUTCOMES = ["ran", "compared", "parsed", "written", "held", "skipped", "failed", "out of date"]
AGES = {"in the last 7 days": "0-7", "in the last 30 days": "0-30", "more than 30 days ago": "31-"}


def checked_pages(project: Project) -> list[Evidence]:
    """Every page with blocks, and its records, in the order of the table of contents."""
    order = {name.removesuffix(".md"): n for n, name in enumerate(project.navigation)}
    pages = [
        load_page(path, project) for path in project.pages() if not project.is_translation(path)
    ]
    return [
        Evidence(page)
        for page in sorted(pages, key=lambda page: order.get(page.name, len(order)))
        if page.blocks
    ]


def elsewhere(evidences: list[Evidence]) -> str:
    """A sentence on the versions of torch and Python in which pages ran on CPUs; empty if it was
    one of each.

    Args:
        evidences: of all pages.

    Returns:
        HTML.
    """
    entries = [
        entry
        for evidence in evidences
        for name, entry in evidence.entries.items()
        if evidence.fresh[name] and "torch" in entry["versions"] and entry.get("device") == "cpu"
    ]
    pythons = {entry["python"] for entry in entries}
    torches = {entry["versions"]["torch"] for entry in entries}
    if len(pythons) < 2 and len(torches) < 2:
        return ""
    return (
        f" Over all environments: torch {version_range(list(torches))}, "
        f"Python {version_range(list(pythons))}; "
        '<a href="background/compatibility/">what changes between them</a>.'
    )


def summary(project: Project) -> str:
    """Figures of all records of the baseline environment."""
    evidences = checked_pages(project)
    entries = [e.entry for e in evidences if e.valid and e.entry]
    blocks = [block["outcome"] for entry in entries for block in entry["blocks"]]
    shown = [(e, claim) for e in evidences if e.valid for claim in e.page.claims]
    held = sum(evidence.claim_state(claim)[0] == "held" for evidence, claim in shown)
    if not blocks:
        return '<div class="summary"><p>No page has a record yet.</p></div>'
    entry = max(entries, key=lambda e: (e["date"], "torch" in e["versions"]))
    torch = next((e["versions"]["torch"] for e in entries if "torch" in e["versions"]), "")
    figures = {
        "blocks run": sum(b == "ran" for b in blocks),
        "outputs, errors and files checked": sum(
            b in ("compared", "parsed", "written") for b in blocks
        ),
        "conclusions checked": held,
        "skipped, with the reason shown": sum(b == "skipped" for b in blocks),
        "pages": len(entries),
    }
    items = "".join(
        f"<div><dt>{label}</dt><dd>{number}</dd></div>" for label, number in figures.items()
    )
    where = (
        f"Last run on {format_date(entry['date'])} with torch {torch}, Python {entry['python']} "
        f"on {entry['platform']} ({entry['device']}).{elsewhere(evidences)} "
        '<a href="how-it-is-checked/">What a tick means</a>.'
    )
    return f'<div class="summary"><dl class="figures">{items}</dl><p>{where}</p></div>'


def matrix(evidences: list[Evidence]) -> str:
    """A table of the environments: of how many pages each has a valid record.

    Args:
        evidences: of all pages.

    Returns:
        HTML.
    """
    rows = "".join(
        f"<tr><th scope=row>{html.escape(one.name)}</th>"
        + "".join(f"<td>{one.pages[state]}</td>" for state in STATES)
        + f"<td>{format_date(one.last)}</td></tr>"
        for one in environments(evidences)
    )
    heads = "".join(f"<th scope=col>{state}</th>" for state in STATES)
    return (
        '<table data-search-exclude=""><thead><tr><th scope=col>environment</th>'
        f"{heads}<th scope=col>last run</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def mutations(project: Project) -> str:
    """How many deletions of a statement the pages notice, and those that they do not."""
    found = [(e.page, kept) for e in checked_pages(project) if (kept := e.mutations())]
    total = sum(kept["deletions"] for _, kept in found)
    if not total:
        return "<p>No page has been tried yet.</p>"
    noticed = sum(kept["noticed"] for _, kept in found)
    items = "".join(
        f"<li>{html.escape(page.meta.get('title') or page.name)}: "
        + ", ".join(f"<code>{html.escape(line.partition(': ')[2])}</code>" for line in lines)
        + "</li>"
        for page, kept in found
        if (lines := kept["survivors"])
    )
    return (
        f"<p>On {len(found)} pages so far, {noticed} of {total} deletions "
        f"({100 * noticed / total:.0f}%) make the run fail.</p>"
        f"<details><summary>The deletions that nothing notices</summary><ul>{items}</ul></details>"
    )


def filter_form(environments: set[str]) -> str:
    """The filters of the list; they are in the page,
    so that nothing moves when home.js answers.
    """
    choices = {"Outcome": OUTCOMES, "Environment": sorted(environments), "Last run": list(AGES)}
    labels = []
    for name, offers in choices.items():
        options = "".join(
            f'<option value="{AGES.get(o, html.escape(o))}">{html.escape(o)}</option>'
            for o in offers
        )
        labels.append(
            f'<label>{name}<select autocomplete="off"><option value="">any</option>'
            f"{options}</select></label>"
        )
    return (
        f'<form class="ask" data-search-exclude="">{"".join(labels)}</form>'
        '<p class="asked" role="status" data-search-exclude=""></p>'
    )


def outcome_of(result: dict[str, Any]) -> str:
    """The outcome of a block; an expectation of other versions counts as compared, since the one
    that holds here was.

    Args:
        result: of a record.
    """
    waits = result["outcome"] == "skipped" and result["reason"].startswith("holds with")
    return "compared" if waits else str(result["outcome"])


def say(result: dict[str, Any]) -> str:
    """The outcome of a block or a claim, with the reason if it was skipped, as HTML.

    Args:
        result: of a record.
    """
    return html.escape(": ".join(result[key] for key in ("outcome", "reason") if key in result))


def verification(project: Project) -> str:
    """All blocks of all pages, by page: what the baseline environment made of them, and another
    environment where that differs.
    """
    rows: list[str] = []
    named: set[str] = set()
    evidences = checked_pages(project)
    for evidence in evidences:
        alike = [outcome_of(block) for block in evidence.entry["blocks"]] if evidence.entry else []
        name = evidence.page.name
        address = f"../{evidence.page.location}"
        title = str(evidence.page.meta.get("title") or name)
        title = html.escape(textwrap.shorten(title, 90, placeholder=" …"), False)
        for environment, entry in sorted(evidence.entries.items()) or [("no record", None)]:
            fresh = evidence.fresh.get(environment, False)
            outcomes = [outcome_of(block) for block in (entry or {}).get("blocks", [])]
            silent = outcomes == alike if fresh else environment not in evidence.failures
            if entry is not evidence.entry and evidence.entry and silent:
                continue  # as in the baseline, or out of date there
            counts = collections.Counter(
                b["outcome"] if fresh else "stale" for b in (entry or {}).get("blocks", [])
            )
            items = [f'<li><a href="{address}">the page</a></li>']
            other = fresh and evidence.valid and entry is not evidence.entry
            expected: collections.Counter[str] = collections.Counter()
            for block in evidence.page.blocks if fresh and entry else ():
                result = entry["blocks"][block.index]
                outcome = result["outcome"]
                if outcome == "shown" or (other and outcome_of(result) == alike[block.index]):
                    continue
                if outcome in ("ran", "written", "compared"):  # the page itself says which
                    expected[outcome] += 1
                    continue
                label = html.escape(block.title or block.lang)
                link = f'<a href="{address}#{anchor(block)}">{label}</a>'
                items.append(f"<li data-o={outcome}>{link} {say(result)}</li>")
            for claim in evidence.page.run_claims if fresh and entry else ():
                result = entry["claims"][claim.index_in_record]
                outcome = result["outcome"]
                counts[outcome] += 1
                if outcome == "held":
                    expected[outcome] += 1
                    continue
                items.append(
                    f"<li data-o={outcome}>conclusion {claim.index + 1} {say(result)}</li>"
                )
            items += [f"<li data-o={o} data-n={n}>{n} {o}</li>" for o, n in expected.items()]
            named.add(environment)
            if failure := evidence.failures.get(environment):
                items += [f"<li data-o=failed>{html.escape(failure.get('error', ''))}</li>"]
                counts = collections.Counter({"failed": 1})
            summary = ", ".join(f"{n} {o}" for o, n in counts.most_common() if o != "shown") or (
                "nothing to run" if entry else "never run"
            )
            date = entry["date"] if entry else ""
            rows.append(
                f'<details data-env="{html.escape(environment)}" data-date="{date}">'
                f"<summary><b>{title}</b> {summary}"
                f" <span>{format_date(date) if date else ''} · {html.escape(environment)}</span>"
                "</summary>"
                f"<ol>{''.join(items)}</ol></details>"
            )
    return (
        f"{matrix(evidences)}{filter_form(named)}"
        f'<div class="verification" data-search-exclude="">{"".join(rows)}</div>'
    )
