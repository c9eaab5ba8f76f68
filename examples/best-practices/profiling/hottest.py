"""What keeps the event loop? Counts the innermost function that is ours."""

import re
from collections import Counter
from pathlib import Path

ours = {path.name for path in Path().glob("*.py")}
counts: Counter[str] = Counter()
for line in Path("stacks.txt").read_text().splitlines():
    stack, _, samples = line.rpartition(" ")
    if "MainThread" not in stack:
        continue
    frames = re.findall(r"([\w.<>]+) \(([\w.]+):\d+\)", stack)
    mine = [frame for frame in frames if frame[1] in ours]
    if mine:
        function, file = mine[-1]
        counts[f"{file} {function}"] += int(samples)
print(counts.most_common(1)[0][0])
