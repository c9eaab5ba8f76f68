"""jsonschema without its grammar of internationalized addresses, which takes seconds to build.

Where the package rfc3987-syntax is installed (validators of bills of materials bring it),
importing jsonschema builds that grammar, 2.4 s of CPU in each process, for the formats `iri`
and `iri-reference` alone. No schema of notebooks or of Kubernetes has such a field.
"""

from __future__ import annotations

import importlib
import sys

GRAMMAR = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema, before a library does that needs it; leaves the two formats unchecked."""
    if "jsonschema" in sys.modules or GRAMMAR in sys.modules:
        return
    sys.modules[GRAMMAR] = None  # type: ignore[assignment]  # an ImportError, which jsonschema expects
    try:
        importlib.import_module("jsonschema")
    except ImportError:
        pass  # the library that needs it will say so
    finally:
        del sys.modules[GRAMMAR]
