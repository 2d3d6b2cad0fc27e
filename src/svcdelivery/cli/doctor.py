"""`svcdelivery doctor`: what is installed, what is missing, and which editions of data are in use."""

from __future__ import annotations

import platform
import re
import sqlite3
from importlib.metadata import PackageNotFoundError, metadata, requires, version

import click

from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.timeline import tzdata_version

__all__ = ["command"]

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra == ['\"]([^'\"]+)['\"]")
_OURS = "svcdelivery"


@click.command("doctor")
@json_option
def command(*, as_json: bool) -> int:
    """Say what is installed and what is missing. Exit code 1 when a package of the core is missing."""
    core, extras = _requirements()
    found = {name: _version(name) for name in sorted({*core, *(n for names in extras.values() for n in names)})}
    facts: dict[str, object] = {
        "svcdelivery": version(_OURS),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "zone data": tzdata_version(),
        "core": {name: found[name] for name in core},
        "extras": {extra: {name: found[name] for name in names} for extra, names in sorted(extras.items())},
    }
    if as_json:
        say_json(facts)
    else:
        _print(facts, core, extras, found)
    return int(any(found[name] is None for name in core))


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    core: list[str] = []
    extras: dict[str, list[str]] = {extra: [] for extra in metadata(_OURS).get_all("Provides-Extra") or []}
    for requirement in requires(_OURS) or []:
        name = _NAME.match(requirement)
        extra = _EXTRA.search(requirement)
        if name is None or name[0] == _OURS:
            continue
        (extras.setdefault(extra[1], []) if extra else core).append(name[0])
    # An extra that only joins others is not shown: its parts are.
    return core, {extra: names for extra, names in extras.items() if names and extra != "dev"}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _print(
    facts: dict[str, object], core: list[str], extras: dict[str, list[str]], found: dict[str, str | None]
) -> None:
    for name in ("svcdelivery", "python", "sqlite", "zone data"):
        say(f"{name:<12} {facts[name]}")
    say("core         " + ", ".join(f"{name} {found[name] or 'MISSING'}" for name in core))
    for extra, names in sorted(extras.items()):
        missing = [name for name in names if found[name] is None]
        state = "ready" if not missing else f"missing {', '.join(missing)}: pip install 'svcdelivery[{extra}]'"
        say(f"{extra:<12} {state}")
