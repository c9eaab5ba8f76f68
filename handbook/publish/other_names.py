"""What the entries of the FAQ are called besides their titles, for the filter above its tables."""

from __future__ import annotations

import json
from pathlib import Path

from fenceproof.project import Project
from fenceproof.reader import load_page

FOLDER = "faq"
FILE = Path("assets/js/faq-names.json")  # beside the script that fetches it: docs/assets/js/faq.js


def write_other_names(site: Path, project: Project) -> None:
    """Write the aliases of each entry, by the name of its page, beside the script that reads them.

    They are half of what the index of the FAQ would weigh, and only who types needs them.
    """
    names = {
        path.stem: " ".join(str(alias) for alias in load_page(path, project).meta["aliases"])
        for path in project.pages()
        if path.parent == project.docs / FOLDER
        and path.suffix == ".md"
        and load_page(path, project).meta.get("aliases")
    }
    file = site / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
    file.write_text(text, encoding="utf-8")
