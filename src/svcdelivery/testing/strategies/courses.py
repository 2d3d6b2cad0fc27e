"""What happens: an item's facts, each a move its lifecycle has where it stands, and an instant to read them at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st

from svcdelivery.agreement import AgreementRevision, ServiceAgreement
from svcdelivery.clock import ClockReading, read_clocks
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.testing.strategies.moments import instants, years_of
from svcdelivery.testing.strategies.promises import revisions
from svcdelivery.timeline import Instant, format_instant, from_micros, to_micros
from svcdelivery.work import (
    INCIDENT,
    REQUEST,
    Accepted,
    Assigned,
    Audience,
    Cancelled,
    Closed,
    Fulfilled,
    IncidentRecorded,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Rejected,
    Reopened,
    RequestReceived,
    Resolved,
    Resumed,
    Started,
    WorkKind,
)

__all__ = ["Story", "histories", "shown_facts", "stories"]

_MINUTE = timedelta(minutes=1)
_DAY = 86_400_000_000
_STAFF, _USER = Actor.staff("bob"), Actor.end_user("ann")
_POSTS = ("post staff", "post requester", "post internal")
# How often each move is drawn where it is possible: so that histories grow, come to an end, and begin again.
_WEIGHTS = {
    "accept": 9, "start": 12, "put_on_hold": 7, "resume": 12, "fulfill": 9, "resolve": 9, "reopen": 12, "assign": 4,
    "change_priority": 3, "close": 3, "reject": 1, "cancel": 1,
}  # fmt: skip
_GAPS = st.one_of(
    st.integers(0, 3).map(lambda count: count * _MINUTE),
    st.integers(0, 40).map(lambda count: count * 15 * _MINUTE),
    st.integers(0, 5 * 24 * 60).map(lambda count: count * _MINUTE),
)
_KINDS = st.sampled_from([REQUEST, INCIDENT])
_ODD_GAPS = st.one_of(_GAPS, st.integers(0, 2 * _DAY).map(lambda micros: timedelta(microseconds=micros)))


@frozen(repr=False)
class Story:
    """An agreement, one item's facts under it, and an instant to read its clocks at."""

    agreement: ServiceAgreement
    kind: WorkKind
    facts: tuple[Fact[Any], ...]
    now: Instant

    @property
    def revision(self) -> AgreementRevision:
        """The terms the item came in under."""
        return self.agreement.revision(self.facts[0].body.revision)

    def readings(self) -> tuple[ClockReading, ...]:
        """Answer the item's clocks as the story reads them."""
        return read_clocks(self.agreement, self.facts, self.now)

    def with_facts(self, facts: tuple[Fact[Any], ...]) -> Story:
        """Answer the story told otherwise."""
        return evolve(self, facts=facts)

    def __repr__(self) -> str:
        targets = [f"  {t.name}: {t.measure} {t.goal}, hours {t.hours}" for t in self.revision.targets]
        head = f"{self.kind.name} under {self.revision.label}, read at {format_instant(self.now)}:"
        return "\n".join([head, *shown_facts(self.facts), "promised:", *targets])

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # Hypothesis would take the value apart field by field.
        printer.text(repr(self))


def shown_facts(facts: Sequence[Fact[Any]]) -> list[str]:
    """Answer a line for each fact, in the order of record."""
    return [f"  {format_instant(fact.occurred_at)} {_word(fact.body)} ({fact.actor})" for fact in facts]


def _word(body: Any) -> str:
    told = (getattr(body, name, None) for name in ("priority", "reason", "team", "audience"))
    return " ".join([type(body).__name__, *(str(getattr(value, "value", value)) for value in told if value)])


@st.composite
def histories(
    draw: st.DrawFn,
    terms: AgreementRevision,
    *,
    start: st.SearchStrategy[datetime] | None = None,
    gaps: st.SearchStrategy[timedelta] | None = None,
    steps_most: int = 10,
    posts: bool = True,
    others: st.SearchStrategy[Any] | None = None,
) -> tuple[Fact[Any], ...]:
    """Answer the facts of one request or incident of the terms' customer, each legal where the item stands.

    Holds, reopenings, changes of priority and messages are among them; several facts may share an instant.

    Args:
        terms: Whose services, priorities and hold reasons are drawn from.
        start: When it comes in, by default near what goes wrong in the terms' first service hours.
        gaps: Time from one fact to the next.
        steps_most: Facts after the receipt, at most.
        posts: Whether messages are among them.
        others: Bodies of further facts, such as those a measure of your own waits for.
    """
    kind = draw(_KINDS)
    at = draw(start if start is not None else _starts(terms))
    # Holds that pause a clock are drawn more often than those that do not.
    pausing = frozenset().union(*(target.pause_on for target in terms.targets))
    told = _told((*sorted(pausing) * 2, *terms.hold_reasons), terms.priorities.ranked)
    entries = [NewFact(body=_receipt(draw, kind, terms), actor=_USER, occurred_at=at)]
    status = kind.table.initial
    extras = (_POSTS if posts else ()) + (("other",) if others is not None else ())
    for _ in range(draw(_lengths(steps_most))):
        choices = _weighed(tuple(a for a in kind.table.possible(status, _allowed) if a in told), extras)
        if not choices:
            break
        action = draw(_one_of(choices))
        at = datetime.__add__(from_micros(to_micros(at)), draw(gaps if gaps is not None else _ODD_GAPS))
        if action == "other" and others is not None:
            entries.append(NewFact(body=draw(others), actor=_STAFF, occurred_at=at))
            continue
        bodies, by = told[action]
        entries.append(NewFact(body=draw(_one_of(bodies)), actor=by, occurred_at=at))
        if action not in _POSTS:
            status = kind.table.target(status, action, _allowed)
    return history(kind.stream("W1"), entries)


def _allowed(_guard: str) -> bool:
    return True


def _starts(terms: AgreementRevision) -> st.SearchStrategy[datetime]:
    """Answer instants at which the terms are in force, within years all their service hours know."""
    low, high = terms.effective_at.year, 9999
    if terms.term.until is not None:
        high = terms.term.until.year
    for named in terms.hours:
        first, last = years_of(named.hours)
        low, high = max(low, first), min(high, last)
    first = max(low, 2021) if high >= max(low, 2021) else min(low, high)
    last = min(max(high, first), first + 3)
    near = terms.hours[0].hours if terms.hours else None
    return instants(near, first_year=first, last_year=last)


def _receipt(draw: st.DrawFn, kind: WorkKind, terms: AgreementRevision) -> Any:
    services = tuple(service.id for service in terms.services) or ("service",)
    make = RequestReceived if kind is REQUEST else IncidentRecorded
    return make(
        customer=terms.customer,
        service=draw(_one_of(services)),
        requester=_USER.id,
        agreement=terms.agreement,
        revision=terms.number,
        priority=draw(_one_of((None, *terms.priorities.ranked))),
    )


@lru_cache(maxsize=64)
def _told(reasons: tuple[str, ...], priorities: tuple[str, ...]) -> dict[str, tuple[tuple[Any, ...], Actor]]:
    """Answer what may happen, by the lifecycle's name of it: bodies to choose from, and who causes it."""
    made: dict[str, tuple[tuple[Any, ...], Actor]] = {
        "accept": ((Accepted(),), _STAFF),
        "reject": ((Rejected(ground="not ours"),), _STAFF),
        "assign": ((Assigned(team="desk"), Assigned(team="field")), _STAFF),
        "start": ((Started(),), _STAFF),
        "put_on_hold": (tuple(PutOnHold(reason=reason) for reason in reasons), _STAFF),
        "resume": ((Resumed(),), _STAFF),
        "fulfill": ((Fulfilled(),), _STAFF),
        "resolve": ((Resolved(),), _STAFF),
        "close": ((Closed(),), _STAFF),
        "reopen": ((Reopened(ground="again"),), _USER),
        "cancel": ((Cancelled(ground="no longer"),), _USER),
        "change_priority": (tuple(PriorityChanged(priority=priority) for priority in priorities), _STAFF),
        "post staff": ((MessagePosted(audience=Audience.REQUESTER, text="hello"),), _STAFF),
        "post requester": ((MessagePosted(audience=Audience.REQUESTER, text="hello"),), _USER),
        "post internal": ((MessagePosted(audience=Audience.INTERNAL, text="note"),), _STAFF),
    }
    return {action: told for action, told in made.items() if told[0]}


@lru_cache(maxsize=64)
def _weighed(possible: tuple[str, ...], extras: tuple[str, ...]) -> tuple[str, ...]:
    """Answer what may come next, each as often as it weighs.

    The first and the last are drawn more often than the rest: ends of a life stand in the middle.
    """
    by_weight = sorted(possible, key=lambda action: -_WEIGHTS[action])
    moves = [action for action in by_weight for _ in range(_WEIGHTS[action])]
    last = by_weight[0:1] * 2
    return (*moves[: len(moves) // 2], *extras, *moves[len(moves) // 2 :], *last)


# Making a strategy costs more than drawing from it, and each is needed once a step.
@lru_cache(maxsize=1024)
def _one_of(choices: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(choices)


@lru_cache(maxsize=64)
def _lengths(most: int) -> st.SearchStrategy[int]:
    return st.one_of(st.integers(0, most), st.integers(most * 2 // 3, most))


def stories(
    *,
    revision: st.SearchStrategy[AgreementRevision] | None = None,
    agreement: ServiceAgreement | None = None,
    minute_aligned: bool = False,
    start: st.SearchStrategy[datetime] | None = None,
    gaps: st.SearchStrategy[timedelta] | None = None,
    steps_most: int = 10,
    others: st.SearchStrategy[Any] | None = None,
) -> st.SearchStrategy[Story]:
    """Answer an item's whole course under some terms, and an instant after its receipt to read its clocks at.

    Args:
        revision: Where terms come from, by default `revisions`.
        agreement: The agreement instead; the item comes in under one of its revisions.
        minute_aligned: Whether everything happens on whole minutes.
        start: As for `histories`, and so are the rest.
    """
    if agreement is not None:
        under = st.tuples(st.just(agreement), st.sampled_from(agreement.revisions))
    else:
        under = (revisions() if revision is None else revision).map(lambda terms: (ServiceAgreement.of(terms), terms))
    chosen = gaps if gaps is not None else (_GAPS if minute_aligned else _ODD_GAPS)
    return _stories(
        under, minute_aligned=minute_aligned, start=start, gaps=chosen, steps_most=steps_most, others=others
    )


@st.composite
def _stories(
    draw: st.DrawFn,
    /,
    under: st.SearchStrategy[tuple[ServiceAgreement, AgreementRevision]],
    *,
    minute_aligned: bool,
    start: st.SearchStrategy[datetime] | None,
    gaps: st.SearchStrategy[timedelta],
    **rest: Any,
) -> Story:
    agreement, terms = draw(under)
    begin = start if start is not None else _starts(terms)
    begin = begin.map(_on_the_minute) if minute_aligned else begin
    facts = draw(histories(terms, start=begin, gaps=gaps, **rest))
    kind = REQUEST if isinstance(facts[0].body, RequestReceived) else INCIDENT
    index = draw(_one_of((len(facts) - 1, *range(len(facts)))))
    at = facts[index].occurred_at
    gap = draw(gaps) if index + 1 == len(facts) else datetime.__sub__(facts[index + 1].occurred_at, at)
    # At the fact, while it lasts, or as the next one happens.
    shares = st.integers(0, 1_000_000).map(lambda share: gap * share / 1_000_000)
    now = datetime.__add__(at, draw(st.one_of(st.just(gap), shares)))
    return Story(agreement, kind, facts, _on_the_minute(now) if minute_aligned else now)


def _on_the_minute(at: datetime) -> Instant:
    micros = to_micros(at)
    return from_micros(micros - micros % 60_000_000)
