"""`yaml`, `json`, `toml`, `ini`: parsed, so that what is copied is at least well formed."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

import yaml

from fenceproof.compare import Mismatch
from fenceproof.page import Block
from fenceproof.run.checks import kubernetes

LANGUAGES = ("yaml", "json", "toml", "ini")
PARSERS: dict[str, Callable[[str], Any]] = {
    "yaml": lambda text: list(yaml.safe_load_all(text)),
    "json": json.loads,
    "toml": tomllib.loads,
    "ini": lambda text: configparser.ConfigParser(interpolation=None).read_string(text),
}


def check(text: str, block: Block) -> None:
    """Parse the text; YAML that is a Kubernetes manifest is also validated.

    Args:
        text: what is checked, without annotation marks.
        block: the fence.

    Raises:
        Mismatch: it cannot be parsed, with file and line.
    """
    try:
        PARSERS[block.lang](text)
    except (ValueError, yaml.YAMLError, configparser.Error) as error:
        mark = getattr(error, "problem_mark", None)
        at_line = re.search(r"line:? +(\d+)", str(error))
        number = (
            mark.line if mark else getattr(error, "lineno", int(at_line[1]) if at_line else 1) - 1
        )
        message = getattr(error, "problem", None) or str(error)
        raise Mismatch(f"{block.at(number + 1)}: this is not {block.lang}: {message}") from None
    if block.lang == "yaml":
        kubernetes.check(text, block)
