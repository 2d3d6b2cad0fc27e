"""Bringing a store's schema up to date: numbered steps, each remembered with its checksum, one transaction for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from svcdelivery.errors import UnusableInputError
from svcdelivery.storage.sql.schema import MAJOR_SIZE, SchemaStep

__all__ = ["missing_steps"]

_HINT_NEWER = "use the release that wrote it, or a later one"


def missing_steps(applied: Iterable[tuple[int, str]], steps: Sequence[SchemaStep], source: str) -> Sequence[SchemaStep]:
    """Answer the steps a store has still to take.

    Args:
        applied: Number and checksum of the steps it has taken. Further steps of this major, by a later release, are
            welcome: they only added.
        steps: All steps this release knows.
        source: The store's name, for errors.

    Raises:
        UnusableInputError: The store is of a later major, or took a step that was another than the one of this release.
    """
    taken = dict(applied)
    known = {step.number: step for step in steps}
    major = steps[-1].number // MAJOR_SIZE
    for number, checksum in sorted(taken.items()):
        if number // MAJOR_SIZE > major:
            problem = f"it has schema {number}; this release knows schema {steps[-1].number}"
            raise UnusableInputError(source=source, problem=problem, hint=_HINT_NEWER)
        if number in known and known[number].checksum != checksum:
            problem = f"migration {number} was another one when the store took it"
            raise UnusableInputError(source=source, problem=problem, hint=_HINT_NEWER)
    missing = [step for step in steps if step.number not in taken]
    if missing and taken and missing[0].number < max(taken):
        problem = f"it lacks migration {missing[0].number}, but has a later one"
        raise UnusableInputError(source=source, problem=problem, hint=_HINT_NEWER)
    return missing
