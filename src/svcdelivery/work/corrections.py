"""Corrections: what was recorded of an item and was otherwise; the facts stay, and are read as they were corrected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from attrs import Attribute, evolve, field, frozen

from svcdelivery.errors import EmptyIntervalError, InvalidValueError, WrongTypeError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work.facts import PutOnHold, Resumed

__all__ = ["Corrected", "Correction", "HappenedAt", "Mistaken", "WasOnHold", "as_corrected", "still_valid"]


def _version(_instance: object, attribute: Attribute[int], value: Any) -> None:
    if type(value) is not int:
        raise WrongTypeError(expected="the version of a fact", value=value, path=attribute.name)
    if value < 1:
        raise InvalidValueError(what="the version of a fact", value=value, path=attribute.name, hint="1 or more")


@frozen
class HappenedAt:
    """A fact happened at another instant than recorded; that of the receipt makes every clock start then.

    Attributes:
        version: Which fact of the item.
        at: When it happened.
    """

    version: int = field(validator=_version)
    at: Instant = field(converter=to_instant)


@frozen
class Mistaken:
    """A fact, or an earlier correction, never was: the item is read as if it were not on record.

    Attributes:
        version: Which fact of the item.
    """

    version: int = field(validator=_version)


@frozen
class WasOnHold:
    """The work was on hold for a time nobody recorded.

    Attributes:
        reason: The hold reason.
        since: From when.
        until: Until when; the work went on at that instant.

    Raises:
        EmptyIntervalError: It does not end after it begins.
    """

    reason: str = field(converter=identifier)
    since: Instant = field(converter=to_instant)
    until: Instant = field(converter=to_instant)

    def __attrs_post_init__(self) -> None:
        if self.until <= self.since:
            raise EmptyIntervalError(start=self.since, end=self.until)


Correction = HappenedAt | Mistaken | WasOnHold


@fact_type("work.corrected/1")
@frozen(kw_only=True)
class Corrected:
    """Somebody put right what was recorded, and said why."""

    action: ClassVar[str] = "correct"
    signals: ClassVar[tuple[str, ...]] = ()

    correction: Correction
    ground: str


def still_valid(facts: Sequence[Fact[Any]]) -> Sequence[Fact[Any]]:
    """Answer the facts that are not mistaken, each when it really happened, without the corrections themselves.

    Of two corrections of one fact the one recorded last counts; a correction that is mistaken corrects nothing.

    Args:
        facts: In the order of record.
    """
    corrections = _in_effect(facts)
    return facts if corrections is None else _valid(facts, corrections)


def as_corrected(facts: Sequence[Fact[Any]]) -> Sequence[Fact[Any]]:
    """Answer the facts as clocks read them: those still valid, and the holds that corrections tell of.

    Args:
        facts: In the order of record.
    """
    corrections = _in_effect(facts)
    return facts if corrections is None else [*_valid(facts, corrections), *_holds(corrections)]


def _in_effect(facts: Sequence[Fact[Any]]) -> list[Fact[Any]] | None:
    """Answer the corrections that no later one takes back, the latest first; None where nothing was corrected."""
    corrections = [fact for fact in facts if type(fact.body) is Corrected]
    if not corrections:
        return None
    in_effect: list[Fact[Any]] = []
    taken_back: set[int] = set()
    for fact in reversed(corrections):
        if fact.version not in taken_back:
            in_effect.append(fact)
            if isinstance(fact.body.correction, Mistaken):
                taken_back.add(fact.body.correction.version)
    return in_effect


def _valid(facts: Sequence[Fact[Any]], corrections: Sequence[Fact[Any]]) -> list[Fact[Any]]:
    mistaken: set[int] = set()
    moved: dict[int, Instant] = {}
    for fact in corrections:
        what = fact.body.correction
        if isinstance(what, Mistaken):
            mistaken.add(what.version)
        elif isinstance(what, HappenedAt):
            moved.setdefault(what.version, what.at)
    return [
        evolve(fact, occurred_at=moved[fact.version]) if fact.version in moved else fact
        for fact in facts
        if fact.version not in mistaken and type(fact.body) is not Corrected
    ]


def _holds(corrections: Sequence[Fact[Any]]) -> Iterator[Fact[Any]]:
    for fact in reversed(corrections):
        what, note = fact.body.correction, fact.body.ground
        if isinstance(what, WasOnHold):
            yield evolve(fact, occurred_at=what.since, body=PutOnHold(reason=what.reason, note=note))
            # At its instant it comes before everything else: what happened then found the work going on.
            yield evolve(fact, occurred_at=what.until, body=Resumed(note=note), position=0)
