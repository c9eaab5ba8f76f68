"""Print one trace as a tree, without its times: python tree.py TRACE_ID"""

import json
import sys
from pathlib import Path

spans = [json.loads(line) for line in Path("spans.jsonl").open()]
trace = f"0x{sys.argv[1]}"
spans = [span for span in spans if span["context"]["trace_id"] == trace]
ours = {span["context"]["span_id"] for span in spans}
children: dict[str | None, list[dict]] = {}
for span in spans:
    parent = span["parent_id"] if span["parent_id"] in ours else None
    children.setdefault(parent, []).append(span)


def show(parent: str | None, depth: int) -> None:
    for span in children.get(parent, []):
        if "http " not in span["name"]:
            print("  " * depth + span["name"], span["status"]["status_code"])
        show(span["context"]["span_id"], depth + 1)


show(None, 0)
