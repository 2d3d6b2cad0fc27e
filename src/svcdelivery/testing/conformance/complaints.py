"""How the kit complains: what was expected, what came, and where a foreign error arose."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from svcdelivery.errors import ServiceDeliveryError

__all__ = ["NotKeptError", "expect", "refused", "said"]

E = TypeVar("E", bound=ServiceDeliveryError)

_HERE = Path(__file__).parent
_SHOWN_MOST = 500


class NotKeptError(AssertionError):
    """A promise of the protocol that the store did not keep."""


def expect(actual: object, wanted: object, what: str) -> None:
    """Complain when a store answers something else."""
    if actual != wanted:
        raise NotKeptError(f"{what}: expected {_shown(wanted)}, got {_shown(actual)}")


def refused(kind: type[E], call: Callable[[], object], what: str) -> E:
    """Answer the error of that kind a call raises, and complain when it raises none or another."""
    try:
        answer = call()
    except kind as error:
        return error
    except Exception as error:
        raise NotKeptError(f"{what}: expected {kind.__name__}, got {said(error)}") from error
    raise NotKeptError(f"{what}: expected {kind.__name__}, got the answer {_shown(answer)}")


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


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_MOST else text[:_SHOWN_MOST] + "…"
