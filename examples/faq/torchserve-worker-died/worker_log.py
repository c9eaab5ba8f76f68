import re
import sys
from collections import defaultdict
from collections.abc import Iterable

LINE = re.compile(r"(W-\d+-\S+)-std(?:out|err) \S+ - (.*)")


def worker_texts(log: Iterable[str]) -> dict[str, list[str]]:
    """What each worker's Python printed, without the server's lines."""
    texts = defaultdict(list)
    for line in log:
        if found := LINE.search(line):
            worker, text = found.groups()
            texts[worker].append(text)
    return texts


with open(sys.argv[1], encoding="utf-8") as log:
    for worker, text in worker_texts(log).items():
        start = "Traceback (most recent call last):"
        if start in text:
            print(worker)
            print(*text[text.index(start):], sep="\n")
