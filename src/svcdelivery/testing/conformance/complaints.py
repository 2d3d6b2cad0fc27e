"""How the kit complains: what was expected, what came, and where a foreign error arose."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from attrs import fields, has

from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.facts import Fact
from svcdelivery.storage.protocol import Entry, Receipt
from svcdelivery.timeline import format_instant

__all__ = ["NotKeptError", "expect", "refused", "said"]

E = TypeVar("E", bound=ServiceDeliveryError)

_HERE = Path(__file__).parent
_SHOWN_MOST = 160
_BYTES_MOST = 12


class NotKeptError(AssertionError):
    """A promise of the protocol that the store did not keep."""


def expect(actual: object, wanted: object, what: str) -> None:
    """Complain when a store answers something else."""
    if actual == wanted:
        return
    if max(len(_shown(actual)), len(_shown(wanted))) > _SHOWN_MOST:
        # Of much that is equal, only the first place is told at which it is not.
        place, actual, wanted = _first_difference(actual, wanted)
        what += place
    told, got = _shown(wanted), _shown(actual)
    if told == got:
        told, got = repr(wanted), repr(actual)
    raise NotKeptError(f"{what}: expected {_cut(told)}, got {_cut(got)}")


def refused(kind: type[E], call: Callable[[], object], what: str) -> E:
    """Answer the error of that kind a call raises, and complain when it raises none or another."""
    try:
        answer = call()
    except kind as error:
        return error
    except Exception as error:
        raise NotKeptError(f"{what}: expected {kind.__name__}, got {said(error)}") from error
    raise NotKeptError(f"{what}: expected {kind.__name__}, got the answer {_cut(_shown(answer))}")


def said(error: BaseException) -> str:
    """Answer an error as a complaint; one of the adapter's own with the line it comes from."""
    if isinstance(error, NotKeptError):
        return str(error)
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if Path(frame.filename).parent != _HERE]
    if not theirs or theirs[-1] is not frames[-1]:
        return text
    return f"{text} ({Path(theirs[-1].filename).name}, line {theirs[-1].lineno}, in {theirs[-1].name})"


def _shown(value: Any) -> str:
    match value:
        case datetime() if value.tzinfo is not None:
            return format_instant(value)
        case Fact() | Entry():
            return f"<{value.stream}/{value.version} at {value.position}>"
        case Receipt():
            return f"<{'replayed ' if value.replayed else ''}receipt of {value.key}: {_shown(list(value.facts))}>"
        case bytes():
            return f"<{value[:4].hex()}…>" if len(value) > _BYTES_MOST else repr(value)
        case list() | tuple():
            inside = ", ".join(map(_shown, value))
            return f"[{inside}]" if isinstance(value, list) else f"({inside})"
        case _:
            return repr(value)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_MOST * 2 else text[: _SHOWN_MOST * 2] + "…"


def _first_difference(actual: Any, wanted: Any) -> tuple[str, Any, Any]:
    for name, one, other in _members(actual, wanted):
        if one != other:
            place, *both = _first_difference(one, other)
            return f", {name}{place}", *both
    return "", actual, wanted


def _members(actual: Any, wanted: Any) -> Iterator[tuple[str, Any, Any]]:
    if type(actual) is not type(wanted):
        return
    if isinstance(actual, Entry):
        yield from zip(actual._fields, actual, wanted, strict=True)
    elif isinstance(actual, list | tuple) and len(actual) == len(wanted):
        yield from ((f"number {number}", *pair) for number, pair in enumerate(zip(actual, wanted, strict=True), 1))
    elif isinstance(actual, dict) and actual.keys() == wanted.keys():
        yield from ((str(key), actual[key], wanted[key]) for key in actual)
    elif has(type(actual)):
        yield from (
            (each.name, getattr(actual, each.name), getattr(wanted, each.name)) for each in fields(type(actual))
        )
