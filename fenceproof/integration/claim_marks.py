"""Where the marks of claims go: at the end of the sentence, of the table row, under the heading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fenceproof.claims import expand_numbers
from fenceproof.evidence import Evidence, claim_mark, claim_note
from fenceproof.page import Claim
from fenceproof.reader import COMMENT, HEADING, ITEM, opening_fence, read_fence

SENTENCE_END = re.compile(r"[.!?:…][\"'”)*_`]*\s*$")


def mark_claims(lines: list[str], evidence: Evidence) -> list[str]:
    """A page's lines without the comments of claims, with their marks, and with what they open.

    Args:
        lines: of the page, its includes resolved, its fences as they are.
        evidence: of the same page; its claims come in the same order.
    """
    marked: list[str] = []
    notes: list[str] = []
    left = iter(evidence.page.claims)
    number = 0
    while number < len(lines):
        if fence := opening_fence(lines[number]):
            _, end, _ = read_fence(lines, number, fence)
            marked += lines[number:end]
            number = end
            continue
        group, end, item = _group(lines, number, left)
        if not group:
            line = lines[number]
            marked.append(line if HEADING.match(line) else _expanded(line, evidence))
            number += 1
            continue
        passage, number = _passage(lines, end)
        if item:  # the comment was the first thing of a list item
            passage[0] = item + passage[0].lstrip()
        passage = [x if HEADING.match(x) else _expanded(x, evidence) for x in passage]
        marked += place_mark(passage, claim_mark(evidence, group), group[0].row)
        notes.append(claim_note(evidence, group))
    return [*marked, "", *(part for note in notes for part in (note, ""))]


def place_mark(passage: list[str], mark: str, row: str) -> list[str]:
    """A heading, a table or a paragraph with a mark.

    Args:
        passage: the lines of it.
        mark: the HTML of the mark.
        row: the first cell of the table row that it belongs to, or empty.
    """
    if HEADING.match(passage[0]):
        return [passage[0], "", mark, "", *passage[1:]]
    if passage[0].lstrip().startswith("|"):
        for number, line in enumerate(passage):
            cells = line.strip().strip("|").split("|")
            if row and cells[0].strip().strip("*`") == row:
                first = line.index("|", line.index("|") + 1)
                return [
                    *passage[:number],
                    f"{line[:first].rstrip()} {mark} {line[first:]}",
                    *passage[number + 1 :],
                ]
        return [*passage, "", mark, ""]
    end = next((n for n, line in enumerate(passage) if SENTENCE_END.search(line)), len(passage) - 1)
    return [*passage[:end], f"{passage[end].rstrip()} {mark}", *passage[end + 1 :]]


def _group(lines: list[str], number: int, left: Iterator[Claim]) -> tuple[list[Claim], int, str]:
    """The claims whose comments stand together from a line on, the line after them, and the
    marker of the list item that they begin.
    """
    group: list[Claim] = []
    item = ""
    while number < len(lines):
        comment = COMMENT.match(lines[number])
        if not comment or comment["kind"] != "claim":
            break
        if not group and (match := ITEM.match(lines[number])):
            item = match[0]
        group.append(next(left))
        while "-->" not in lines[number]:
            number += 1
        number += 1
    return group, number, item


def _passage(lines: list[str], number: int) -> tuple[list[str], int]:
    """The lines up to the next empty one or fence, and the number of that."""
    while number < len(lines) and not lines[number].strip():
        number += 1
    end = number
    while end < len(lines) and lines[end].strip() and not opening_fence(lines[end]):
        if end > number and (COMMENT.match(lines[end]) or ITEM.match(lines[end])):
            break
        end += 1
        if HEADING.match(lines[end - 1]):
            break
    return list(lines[number:end]), end


def _expanded(line: str, evidence: Evidence) -> str:
    return expand_numbers(line, evidence.page.project)
