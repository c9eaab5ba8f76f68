"""Does every query of a dashboard name metrics that exist?"""

import json
import re
import sys
from pathlib import Path

import httpx

text = httpx.get("http://127.0.0.1:8303/metrics").text
exposed = set(re.findall(r"^(service_\w+?)(?:\{| )", text, re.MULTILINE))
dashboard = json.loads(Path(sys.argv[1]).read_text())
missing = 0
for panel in dashboard["panels"]:
    for target in panel["targets"]:
        asked = set(re.findall(r"\bservice_\w+", target["expr"]))
        for name in sorted(asked - exposed):
            print(f"{panel['title']}: there is no {name}")
            missing += 1
print(f"{len(dashboard['panels'])} panels, {missing} queries without a metric")
sys.exit(bool(missing))
