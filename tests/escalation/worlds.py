"""Escalations to try: policies and happenings drawn at random, and ways to look at them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from svcdelivery.agreement import (
    AcknowledgementTerms,
    BeforeDue,
    Breached,
    Elapsed,
    EscalationKind,
    EscalationPolicy,
    IfEmpty,
    LatePolicy,
    Level,
    NamedHours,
    NoPublicUpdate,
    Occasion,
    OnUnacknowledged,
    PriorityRaised,
    RatedAtMost,
    ReassignedOften,
    ReopenedOften,
    StopOn,
    Unacknowledged,
    Unassigned,
    Wait,
    WhileHeld,
)
from svcdelivery.escalation import ClockView, EscalationState, Firing, FrozenPolicy, What, next_actions
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, to_instant, to_micros

__all__ = [
    "BOB",
    "END",
    "ITEM",
    "OFFICE",
    "Happened",
    "due_of",
    "frozen",
    "happenings",
    "known",
    "level",
    "look",
    "minute",
    "policies",
    "policy",
    "shown",
]

ITEM = "incident:1"
BOB = Actor.staff("bob")
OFFICE = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]})
END = 900
"""The last minute looked at."""

# Monday, an hour before the office opens.
_START = datetime(2026, 3, 2, 6, tzinfo=UTC)
Happened = tuple[Instant, What, Any]


def minute(number: float) -> Instant:
    """Answer the instant so many minutes after the start."""
    return to_instant(_START + timedelta(minutes=number))


def level(*targets: str, wait: float = 15, hours: str | None = None, **rest: Any) -> Level:
    """Answer a level that is followed by so many minutes."""
    rest = {"if_empty": IfEmpty.WAIT, **rest}
    return Level(targets=targets, wait=Wait(timedelta(minutes=wait), hours), **rest)


def policy(*levels: Level, **rest: Any) -> EscalationPolicy:
    """Answer a policy in which everything late still fires."""
    rest = {"name": "page", "late": LatePolicy.FIRE_ALL, **rest}
    return EscalationPolicy(levels=levels, **rest)


def frozen(terms: EscalationPolicy, version: str = "1") -> FrozenPolicy:
    """Answer the terms as an item runs under them."""
    hours = (NamedHours("office", OFFICE),)
    return FrozenPolicy(policy=terms, version=version, hours=hours, ranked=("P1", "P2", "P3"))


def known(told: Iterable[Happened], upto: Instant) -> EscalationState:
    """Answer what was known at an instant."""
    return EscalationState.told(ITEM, [each for each in told if each[0] <= upto])


def look(terms: FrozenPolicy, told: Iterable[Happened], polls: Iterable[Instant]) -> list[Firing]:
    """Answer all that is found when one looks at those instants, each time with what is known by then."""
    every = list(told)
    taken: dict[str, Instant] = {}
    found: list[Firing] = []
    for at in polls:
        state = known(every, at)
        for key, fired in taken.items():
            state = state.with_fired([key], fired)
        for firing in next_actions(state, terms, at).firings:
            taken[firing.key] = at
            found.append(firing)
    return found


def due_of(firings: Iterable[Firing]) -> set[tuple[str, Instant]]:
    """Answer what fell due when."""
    return {(firing.key, firing.due_at) for firing in firings}


def shown(firings: Iterable[Firing]) -> list[tuple[float, str, str]]:
    """Answer minute, target and disposition of each, for examples."""
    return [
        (
            (to_micros(firing.due_at) - to_micros(minute(0))) / 60_000_000,
            str(firing.target),
            firing.disposition.value,
        )
        for firing in firings
    ]


# -- at random ---------------------------------------------------------------------------------------------------------

_waits = st.builds(
    Wait,
    st.sampled_from([0, 5, 15, 45, 120]).map(lambda number: timedelta(minutes=number)),
    st.sampled_from([None, None, "office"]),
)
_occasions: st.SearchStrategy[Occasion] = st.one_of(
    st.builds(Unacknowledged, _waits),
    st.builds(NoPublicUpdate, _waits),
    st.builds(Unassigned, _waits),
    st.builds(Elapsed, target=st.just("fix"), percent=st.sampled_from([50, 75, 100])),
    st.builds(BeforeDue, target=st.just("fix"), by=st.sampled_from([timedelta(minutes=30), timedelta(hours=2)])),
    st.builds(Breached, target=st.just("fix")),
    st.builds(ReassignedOften, st.integers(1, 2)),
    st.builds(ReopenedOften, st.integers(1, 2)),
    st.builds(PriorityRaised),
    st.builds(RatedAtMost, st.integers(1, 3)),
)


_begins_by_itself = st.one_of(st.builds(Unacknowledged, _waits), st.builds(NoPublicUpdate, _waits))


@st.composite
def _levels(draw: st.DrawFn) -> Level:
    if_empty = draw(st.sampled_from(IfEmpty))
    return Level(
        targets=draw(st.lists(st.sampled_from(["person:a", "person:b", "team:c"]), max_size=2, unique=True)),
        wait=draw(_waits),
        if_empty=if_empty,
        fallback=("role:boss",) if if_empty is IfEmpty.FALLBACK else (),
        kind=draw(st.sampled_from(EscalationKind)),
        stop_on=draw(st.sampled_from([None, StopOn.ACKNOWLEDGED, StopOn.CLOSED, StopOn.NONE])),
        when=draw(st.none() | st.none() | _occasions),
    )


@st.composite
def policies(draw: st.DrawFn, *, late: LatePolicy = LatePolicy.FIRE_ALL) -> FrozenPolicy:
    """Draw a policy of any kind."""
    terms = st.builds(
        AcknowledgementTerms,
        remind_after=st.sampled_from([Wait(timedelta(minutes=30)), Wait(timedelta(minutes=60), "office")]),
        release_after=st.none() | st.just(Wait(timedelta(minutes=10))),
    )
    return frozen(EscalationPolicy(
        name="page",
        when=draw(st.one_of(_begins_by_itself, _occasions)),
        levels=draw(st.lists(_levels(), min_size=1, max_size=4)),
        repeat=draw(st.integers(0, 2)),
        late=late,
        give_time=timedelta(minutes=10) if late is LatePolicy.GIVE_TIME else timedelta(0),
        acknowledgement=draw(st.none() | terms),
        on_unacknowledged=draw(st.sampled_from(OnUnacknowledged)),
        snooze=draw(st.sampled_from(WhileHeld)),
        maintenance=draw(st.sampled_from(WhileHeld)),
    ))  # fmt: skip


@st.composite
def _clock(draw: st.DrawFn, at: int, cycle: int) -> ClockView:
    used = draw(st.sampled_from([0, 30, 60]))
    left = draw(st.sampled_from([-20, 10, 90, 240]))
    runs = draw(st.booleans())
    return ClockView(
        target="fix",
        known_at=minute(at),
        cycle=cycle,
        due_at=minute(at + left) if runs else None,
        elapsed=used * 60_000_000,
        allowed=max(1, used + left) * 60_000_000,
        runs=runs,
        over=draw(st.sampled_from([False, False, False, True])),
        breached=left < 0,
    )


# What ends the work is drawn less often, or little would be left to fire.
_ENDS = (What.DONE, What.CLOSED)
_WHAT = [what for what in What if what not in (What.OPENED, What.REPLACED, What.NOBODY, *_ENDS)]
_WHAT = [*_WHAT, *_WHAT, *_ENDS]


@st.composite
def _happening(draw: st.DrawFn, at: int) -> Happened:
    what = draw(st.sampled_from(_WHAT))
    tells: Any = None
    if what in (What.ACKNOWLEDGED, What.CONFIRMED):
        tells = draw(st.sampled_from([BOB, None, Actor.system("probe")]))
    elif what is What.PRIORITY:
        tells = draw(st.sampled_from(["P1", "P2", "P3"]))
    elif what is What.RATED:
        tells = draw(st.integers(1, 5))
    elif what is What.SNOOZED:
        tells = to_micros(minute(at + draw(st.sampled_from([0, 20, 100]))))
    elif what is What.MAINTENANCE_BEGAN:
        tells = draw(st.none() | st.just(to_micros(minute(at + 50))))
    elif what is What.JUMPED:
        tells = draw(st.integers(0, 4))
    elif what is What.CLOCK:
        tells = draw(_clock(at, draw(st.integers(1, 2))))
    return minute(at), what, tells


@st.composite
def happenings(draw: st.DrawFn, *, most: int = 12, by_hand: bool = True) -> list[Happened]:
    """Draw what happens to an item, in the order of time, from its receipt on; several things may share a minute."""
    instants = sorted(draw(st.lists(st.integers(0, END - 60), max_size=most)))
    told = [draw(_happening(at)) for at in instants]
    kept = [each for each in told if by_hand or each[1] not in (What.ESCALATED, What.JUMPED)]
    return [(minute(0), What.OPENED, "P2"), *kept]
