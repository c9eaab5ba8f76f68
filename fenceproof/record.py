"""What happened when a page ran: records/<page>.json, one entry per environment."""

from __future__ import annotations

import datetime
import functools
import json
import platform
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from fenceproof.conditions import installed_version
from fenceproof.page import Page
from fenceproof.project import Project, replace

FORMAT = 1
GOOD = {"ran", "compared", "parsed", "written", "shown", "skipped", "held"}


class BadRecord(ValueError):
    """A record that cannot be read; the message names the file and the line."""


def path_of(page: Page) -> Path:
    """Where the record of a page is, whether or not it exists."""
    return page.project.root / "records" / f"{page.name}.json"


def environment(project: Project, requires: list[str]) -> dict[str, Any]:
    """What a run that needs these packages depends on, read without importing any of them.

    Args:
        project: whose hooks add facts.
        requires: the packages that the page names.
    """
    names = sorted({r.partition("[")[0] for r in requires})
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "platform": f"{platform.system().lower()}-{platform.machine()}",
        **project.hooks.facts(),
        "versions": {name: version for name in names if (version := installed_version(name))},
    }


@functools.cache
def instruction_set(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """What the processor has for tensors, `AVX2, VNNI, AMX` or `NEON`; empty if unknown.

    An entry notes it. It is part of the environment only on pages whose outcome varies with it.
    """
    if platform.machine() in ("arm64", "aarch64"):
        return "NEON"
    text = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.exists() else ""
    flags = set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())
    names = {"AVX2": {"avx2"}, "VNNI": {"avx_vnni", "avx512_vnni"}, "AMX": {"amx_int8", "amx_bf16"}}
    return ", ".join(name for name, any_of in names.items() if flags & any_of)


def pin_versions(requires: list[str], versions: dict[str, str]) -> list[str]:
    """What pip is told to install: each required package in the version that was recorded,
    `ray[serve]==2.60.0`.

    Args:
        requires: the packages that the page names.
        versions: those of its record, by package.
    """
    exact = ((name, versions.get(name.partition("[")[0])) for name in requires)
    return [f"{name}=={version}" if version else name for name, version in exact]


def key(project: Project, env: dict[str, Any], varies: bool = False) -> str:
    """The name of an environment in a record: `torch 2.13.0, cpu, Python 3.11, linux-x86_64`.

    It begins with the packages that the project calls an environment by. With `varies`, for a
    page whose outcome depends on it, the instruction set is a part of the name.

    Args:
        project: says by which packages it calls an environment.
        env: see `environment`.
        varies: whether the outcome depends on the instruction set.
    """
    versions = {
        name: env["versions"].get(name) or installed_version(name) for name in project.named
    }
    parts = [f"{name} {version}" if version else f"no {name}" for name, version in versions.items()]
    parts += [env["device"]] if "device" in env else []
    parts += [f"Python {env['python']}", env["platform"]]
    return ", ".join([*parts, *([instruction_set()] if varies else [])])


def load(page: Page) -> dict[str, Any]:
    """The entries of a page's record, by environment; empty without a record.

    Raises:
        BadRecord: not a record of this format.
    """
    entries: dict[str, Any] = _read(page).get("environments", {})
    return entries


def mutations(page: Page) -> dict[str, Any] | None:
    """What `fenceproof mutate` found on the page as it is now, or None.

    Raises:
        BadRecord: not a record of this format.
    """
    found = _read(page).get("mutations")
    return found if isinstance(found, dict) and found.get("hash") == page.hash else None


def save_mutations(page: Page, found: dict[str, Any]) -> bool:
    """Keep what `fenceproof mutate` found in the page's record. False if it has none.

    Args:
        page: as it is now.
        found: numbers and survivors.

    Raises:
        BadRecord: not a record of this format.
    """
    record = _read(page)
    if record:
        _write(page, record["environments"], found | {"hash": page.hash})
    return bool(record)


def _write(page: Page, entries: dict[str, Any], found: dict[str, Any] | None) -> None:
    record = {"format": FORMAT, "page": page.name, "environments": dict(sorted(entries.items()))}
    if found:
        record["mutations"] = found
    replace(path_of(page), json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def _read(page: Page) -> dict[str, Any]:
    """A page's record as it is in the file; empty without one."""
    path = path_of(page)
    if not path.exists():
        return {}
    shown, command = page.project.shown(path), page.project.record_command
    try:
        text = path.read_text(encoding="utf-8")
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRecord(
            f"{shown}:{error.lineno}: this record is not JSON ({error.msg}): run `{command}`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:  # no file, not UTF-8, too large
        raise BadRecord(f"{shown}:1: this record is not JSON ({error}): run `{command}`") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        version = record.get("format") if isinstance(record, dict) else None
        raise BadRecord(
            f"{shown}:1: this record has format {version}, not {FORMAT}: run `{command}`"
        )
    entries = record.get("environments")
    if not isinstance(entries, dict):
        raise BadRecord(f"{shown}:1: this record has no environments: run `{command}`")
    for name, entry in entries.items():
        if fault := _fault(entry):
            line = text.count("\n", 0, max(0, text.find(json.dumps(name, ensure_ascii=False)))) + 1
            raise BadRecord(f"{shown}:{line}: {name}: {fault}: run `{command}`")
    return record


def _fault(entry: Any) -> str:
    """What is wrong with an entry of a record, or nothing."""
    if not isinstance(entry, dict):
        return "not an entry"
    for fact, value in entry.items():
        wanted = {"versions": dict, "blocks": list, "claims": list}.get(fact, str)
        if not isinstance(value, wanted):
            return f"{fact} is no {wanted.__name__}"
    if missing := {"python", "platform", "versions", "date", "hash", "blocks"} - entry.keys():
        return f"no {min(missing)}"
    for version in (entry["python"], *entry["versions"].values()):
        if not isinstance(version, str):
            return "a version that is no text"
        try:
            Version(version)
        except InvalidVersion:
            return f"{version!r} is no version"
    try:
        datetime.date.fromisoformat(entry["date"])
    except ValueError:
        return f"{entry['date']!r} is no date"
    for part in ("blocks", "claims"):
        for number, result in enumerate(entry.get(part, ()), 1):
            if fault := _fault_of_result(result, part == "blocks"):
                return f"{part}, number {number}: {fault}"
    return ""


def _fault_of_result(result: Any, of_block: bool) -> str:
    """What is wrong with the outcome of a block or a claim, or nothing."""
    if not isinstance(result, dict) or not isinstance(outcome := result.get("outcome"), str):
        return "no outcome"
    if outcome == "skipped" and not isinstance(result.get("reason"), str):
        return "skipped without a reason"
    took = result.get("seconds", 0.0 if outcome != "ran" or not of_block else None)
    if not isinstance(took, int | float) or not 0 <= took < 1e9:
        return "seconds that are no number"
    values = result.get("values", [])
    if not isinstance(values, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair)
        for pair in values
    ):
        return "values that are not pairs of texts"
    return ""


def is_valid(entry: dict[str, Any], page: Page) -> bool:
    """True if the entry's hash is the page's, and no block or claim failed.

    Args:
        entry: of the page's record.
        page: as it is now.
    """
    blocks, claims = entry["blocks"], entry.get("claims", [])
    good = all(result["outcome"] in GOOD for result in (*blocks, *claims))
    whole = len(blocks) == len(page.blocks) and len(claims) == len(page.run_claims)
    return good and whole and entry["hash"] == page.hash


def baseline(entries: dict[str, Any], project: Project) -> dict[str, Any] | None:
    """The entry of the environment that a strict build asks for, `[tool.fenceproof.baseline]`.

    Args:
        entries: of a record, by environment.
        project: that names the baseline.
    """
    wanted = project.settings.get("baseline", {})
    for entry in entries.values():
        facts = entry["versions"] | entry  # a page that does not need a package passes with any
        if all(facts.get(name, value) == value for name, value in wanted.items()):
            matching: dict[str, Any] = entry
            return matching
    return None


def is_current(page: Page) -> bool:
    """Whether nothing changed since the page ran well in this very environment."""
    try:
        env = environment(page.project, page.requires)
        entry = load(page).get(key(page.project, env, page.varies))
    except BadRecord:
        return False
    if not entry:
        return False
    return is_valid(entry, page) and all(entry.get(name) == env[name] for name in env)


def failed(entry: dict[str, Any], page: Page) -> dict[str, Any] | None:
    """The first failed result of an entry that speaks of the page as it is; None if all is well.

    Args:
        entry: of the page's record.
        page: as it is now.
    """
    results = (*entry["blocks"], *entry.get("claims", []))
    if entry["hash"] != page.hash:
        return None
    return next((result for result in results if result["outcome"] == "failed"), None)


def save(page: Page, blocks: list[dict[str, Any]], claims: list[dict[str, Any]]) -> bool:
    """Write the entry of this environment, if hash, outcomes or versions changed.
    True if written. A failure does not take the place of a valid entry.

    Args:
        page: as it is now.
        blocks: of each block its outcome, and seconds, a reason, or the error.
        claims: of each claim that a run evaluates its outcome, and the values of its operands.
    """
    env = environment(page.project, page.requires)
    try:
        entries, found = load(page), mutations(page)
    except BadRecord:
        entries, found = {}, None
    name = key(page.project, env, page.varies)
    old = entries.get(name)
    said = env | {"hash": page.hash}
    passed = all(result.get("outcome") in GOOD for result in (*blocks, *claims))
    if old and not passed and is_valid(old, page):
        return False
    if (
        old
        and _lasting(old["blocks"]) == _lasting(blocks)
        and _lasting(old.get("claims", [])) == _lasting(claims)
        and all(old.get(fact) == said[fact] for fact in said)
    ):
        return False
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    isa = instruction_set()
    entries[name] = (
        env | ({"isa": isa} if isa else {}) | {"date": date, "hash": page.hash, "blocks": blocks}
    )
    if claims:
        entries[name]["claims"] = claims
    _write(page, entries, found)
    return True


def _lasting(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outcomes without what differs from run to run: seconds, and values of claims."""
    return [{k: v for k, v in r.items() if k not in ("seconds", "values")} for r in results]


def seconds(page: Page) -> float:
    """How long the page took when it was last recorded, anywhere; unknown pages first."""
    try:
        return max(
            (sum(b.get("seconds", 0) for b in e["blocks"]) for e in load(page).values()),
            default=1e9,
        )
    except BadRecord:
        return 1e9
