"""A Hypothesis strategy per value: all constructive, so that nothing drawn is thrown away.

Histories are driven by the lifecycle's own table: each step is a move that is legal where the item stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    Boundary,
    CoveredService,
    MatrixCell,
    NamedHours,
    PriorityScheme,
    Scope,
    ServiceAgreement,
    ServiceLevelTarget,
    SurveyTerms,
    Term,
    TimeKind,
    UpdateDuty,
    Within,
)
from svcdelivery.clock import ClockReading, read_clocks
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros
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
from tests.service_hours.strategies import instants, rendering_zones, service_hours, zones

__all__ = [
    "HOLD_REASONS",
    "MEASURES",
    "PRIORITIES",
    "Story",
    "actors",
    "agreements",
    "decided",
    "identifiers",
    "instants",
    "name_of",
    "rendering_zones",
    "revisions",
    "service_hours",
    "stories",
    "targets",
    "texts",
    "usual_hours",
    "zones",
]

PRIORITIES = ("P1", "P2", "P3")
HOLD_REASONS = ("customer", "provider", "supplier", "scheduled")
MEASURES = ("acknowledgement", "first_response", "resolution", "fulfillment", "closure")
SERVICES = ("email", "laptop")
MINUTE = timedelta(minutes=1)

name_of = {
    Accepted: "accept", Rejected: "reject", Assigned: "assign", Started: "start", PutOnHold: "put_on_hold",
    Resumed: "resume", Fulfilled: "fulfill", Resolved: "resolve", Closed: "close", Reopened: "reopen",
    Cancelled: "cancel", PriorityChanged: "change_priority",
}  # fmt: skip
"""What the lifecycle calls a fact's move."""

# -- words and people --------------------------------------------------------------------------------------------------

_letters = st.characters(codec="utf-8", categories=["L", "N", "P", "S"])
identifiers = st.text(_letters, min_size=1, max_size=12)
texts = st.one_of(st.just(""), st.text(st.characters(codec="utf-8"), max_size=20))
actors = st.builds(
    lambda make, id: make(id),
    st.sampled_from([Actor.staff, Actor.end_user, Actor.customer, Actor.supplier, Actor.system]),
    identifiers,
)

# -- agreements --------------------------------------------------------------------------------------------------------

usual_hours = st.sampled_from(
    [
        ServiceHours.weekly(
            "Europe/Paris", {"mon-fri": ["08:30-12:30", "13:30-17:30"]}, closed_yearly=["05-01", "12-24..01-02"]
        ),
        ServiceHours.weekly("America/New_York", {"mon-sun": ["22:00-06:00"]}, closed=["2022-11-06", "2022-03-13"]),
        ServiceHours.weekly("Australia/Lord_Howe", {"mon-sun": ["01:30-02:15", "10:00-16:00"]}),
        ServiceHours.weekly("America/Havana", {"mon-sat": ["00:00-02:00", "23:00-24:00"]}, whole_shifts=True),
        ServiceHours.weekly("Asia/Kolkata", {"mon-sun": ["00:00-24:00"]}),
        ServiceHours.weekly("Pacific/Chatham", {"mon": ["09:00-09:01"], "thu": ["02:45-03:45"]}),
    ]
)
"""Hours compiled once for all: a lunch break, nights, an odd offset, midnight shifts, always, hardly ever."""

_DAY = 86_400_000_000
durations = st.one_of(
    st.integers(0, 100).map(lambda quarters: timedelta(minutes=15 * quarters)),
    st.integers(0, 12 * _DAY).map(lambda micros: timedelta(microseconds=micros)),
)
_SETS_OF_REASONS = [frozenset(c) for size in range(4) for c in combinations(HOLD_REASONS, size)]


def _target(
    measure: str, name: str, scope: Scope, hours: st.SearchStrategy[str | None]
) -> st.SearchStrategy[ServiceLevelTarget]:
    return st.builds(
        ServiceLevelTarget,
        name=st.just(name),
        measure=st.just(measure),
        goal=st.builds(Within, durations, st.sampled_from(TimeKind)),
        scope=st.just(scope),
        hours=hours,
        pause_on=st.sampled_from(_SETS_OF_REASONS),
        boundary=st.sampled_from(Boundary),
        share_promised=st.sampled_from([Fraction(1), Fraction(19, 20), Fraction(1, 3)]),
        clause=st.sampled_from(["", "4.2"]),
    )


_hours_named = st.sampled_from(["office", "office", None])
targets = {measure: _target(measure, measure, Scope(), _hours_named) for measure in MEASURES}
"""For each measure a target for any work."""
_urgent = {m: _target(m, f"urgent-{m}", Scope(priorities={"P1"}), _hours_named) for m in MEASURES}


@st.composite
def revisions(draw: st.DrawFn, *, hours: st.SearchStrategy[ServiceHours] | None = None) -> AgreementRevision:
    """Terms with a target of every measure, one of them narrower for the first priority."""
    chosen = [draw(targets[measure]) for measure in MEASURES]
    chosen.append(draw(_urgent[draw(st.sampled_from(MEASURES))]))
    return AgreementRevision(
        agreement="acme-1",
        customer="acme",
        provider="northwind",
        effective_at=datetime(2020, 1, 1, tzinfo=UTC),
        term=Term(datetime(2020, 1, 1, tzinfo=UTC), draw(st.sampled_from([None, datetime(2030, 1, 1, tzinfo=UTC)]))),
        author="staff:olga",
        reason=draw(texts),
        services=tuple(
            CoveredService(
                id=id,
                name=id.title(),
                approved=Term(datetime(2020, 1, 1, tzinfo=UTC)),
                entitled=("everybody", "person:*"),
                delivered_by=("role:agent",),
            )
            for id in SERVICES
        ),
        hours=(NamedHours("office", draw(hours if hours is not None else usual_hours)),),
        priorities=PriorityScheme(ranked=PRIORITIES, matrix=(MatrixCell("high", "high", "P1"),)),
        hold_reasons=HOLD_REASONS,
        targets=tuple(chosen),
        updates=draw(st.sampled_from([(), (UpdateDuty(every=timedelta(hours=2), hours="office"),)])),
        survey=draw(st.sampled_from([None, SurveyTerms(), SurveyTerms(scale=10, expires=timedelta(days=1))])),
        reopening_window=draw(durations),
    )


agreements = revisions().map(ServiceAgreement.of)

# -- histories ---------------------------------------------------------------------------------------------------------


@frozen
class Story:
    """An agreement, one item's facts under it, and an instant to read its clocks at."""

    agreement: ServiceAgreement
    kind: WorkKind
    facts: tuple[Fact[Any], ...]
    now: Instant

    @property
    def revision(self) -> AgreementRevision:
        """The terms."""
        return self.agreement.revisions[0]

    def readings(self) -> tuple[ClockReading, ...]:
        """Answer the item's clocks as the story reads them."""
        return read_clocks(self.agreement, self.facts, self.now)

    def with_facts(self, facts: tuple[Fact[Any], ...]) -> Story:
        """Answer the story told otherwise."""
        return evolve(self, facts=facts)


_STAFF, _USER = Actor.staff("bob"), Actor.end_user("ann")
_gaps = st.one_of(
    st.integers(0, 3).map(lambda n: n * MINUTE),
    st.integers(0, 40).map(lambda n: n * 15 * MINUTE),
    st.integers(0, 5 * 24 * 60).map(lambda n: n * MINUTE),
)
_odd_gaps = st.one_of(_gaps, st.integers(0, 2 * _DAY).map(lambda micros: timedelta(microseconds=micros)))


def _body(draw: st.DrawFn, action: str) -> tuple[Any, Actor]:
    match action:
        case "accept" | "start" | "fulfill" | "resolve" | "resume" | "close":
            made = {
                "accept": Accepted, "start": Started, "fulfill": Fulfilled, "resolve": Resolved, "resume": Resumed,
                "close": Closed,
            }  # fmt: skip
            return made[action](), _STAFF
        case "reject":
            return Rejected(ground="not ours"), _STAFF
        case "assign":
            return Assigned(team=draw(st.sampled_from(["desk", "field"]))), _STAFF
        case "put_on_hold":
            return PutOnHold(reason=draw(st.sampled_from(HOLD_REASONS))), _STAFF
        case "reopen":
            return Reopened(ground="again"), _USER
        case "cancel":
            return Cancelled(ground="no longer"), _USER
        case "change_priority":
            return PriorityChanged(priority=draw(st.sampled_from(PRIORITIES))), _STAFF
    if action == "post internal":
        return MessagePosted(audience=Audience.INTERNAL, text="note"), _STAFF
    return MessagePosted(audience=Audience.REQUESTER, text="hello"), _STAFF if action == "post staff" else _USER


_POSTS = ("post staff", "post requester", "post internal")
# Endings are drawn less often than the rest, so that histories grow.
_RARE = {"reject", "cancel"}


def _received(kind: WorkKind, service: str, priority: str | None) -> Any:
    make = RequestReceived if kind is REQUEST else IncidentRecorded
    return make(customer="acme", service=service, requester="ann", agreement="acme-1", revision=1, priority=priority)


@st.composite
def decided(
    draw: st.DrawFn,
    *,
    start: st.SearchStrategy[datetime],
    gaps: st.SearchStrategy[timedelta],
    steps_most: int = 10,
    posts: bool = True,
) -> tuple[WorkKind, list[NewFact[Any]]]:
    """The facts of one item, each legal where the item stands, and its kind."""
    kind = draw(st.sampled_from([REQUEST, INCIDENT]))
    at = draw(start)
    priority = draw(st.sampled_from([None, *PRIORITIES]))
    received = _received(kind, draw(st.sampled_from(SERVICES)), priority)
    entries = [NewFact(body=received, actor=_USER, occurred_at=at)]
    status = kind.table.initial
    for _ in range(draw(st.integers(0, steps_most))):
        possible = kind.table.possible(status, lambda _: True)
        common = tuple(action for action in possible if action not in _RARE) * 3
        action = draw(st.sampled_from(common + possible + (_POSTS if posts else ()) or _POSTS))
        body, by = _body(draw, action)
        at = datetime.__add__(to_instant(at), draw(gaps))
        entries.append(NewFact(body=body, actor=by, occurred_at=at))
        if action not in _POSTS:
            status = kind.table.target(status, action, lambda _: True)
    return kind, entries


@st.composite
def stories(
    draw: st.DrawFn,
    *,
    revision: st.SearchStrategy[AgreementRevision] | None = None,
    minute_aligned: bool = False,
    start: st.SearchStrategy[datetime] = instants,
    gaps: st.SearchStrategy[timedelta] | None = None,
    steps_most: int = 10,
) -> Story:
    """An item's whole course under drawn terms, near daylight-saving nights, read at some instant after its receipt."""
    terms = draw(revision if revision is not None else revisions())
    chosen = gaps if gaps is not None else (_gaps if minute_aligned else _odd_gaps)
    begin = start.map(_on_the_minute) if minute_aligned else start
    kind, entries = draw(decided(start=begin, gaps=chosen, steps_most=steps_most))
    facts = history(kind.stream("W1"), entries)
    moments: Callable[[timedelta], Instant] = lambda gap: datetime.__add__(facts[0].occurred_at, gap)  # noqa: E731
    span = to_micros(facts[-1].occurred_at) - to_micros(facts[0].occurred_at)
    after_last = draw(chosen)
    within = timedelta(microseconds=draw(st.integers(0, span)))
    now = draw(
        st.sampled_from(
            [
                datetime.__add__(facts[-1].occurred_at, after_last),
                moments(within),
                draw(st.sampled_from([fact.occurred_at for fact in facts])),
            ]
        )
    )
    return Story(ServiceAgreement.of(terms), kind, facts, _on_the_minute(now) if minute_aligned else now)


def _on_the_minute(at: datetime) -> Instant:
    micros = to_micros(at)
    return from_micros(micros - micros % 60_000_000)
