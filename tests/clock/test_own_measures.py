"""Measures told in conditions: what they mean, their laws, and an oracle that walks the minutes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    SIGNALS,
    STANDARD_HOLD_REASONS,
    STANDARD_MEASURES,
    AgreementRevision,
    AllOf,
    AnyOf,
    AttributeIs,
    Boundary,
    Condition,
    Measure,
    NamedHours,
    Not,
    PartIs,
    ServiceAgreement,
    Signaled,
    TimeKind,
    Within,
)
from svcdelivery.clock import ClockPhase, ClockReading, SpanKind, Verdict, read_clocks
from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.facts import NewFact, digest, from_plain, history, known_at, to_plain
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.lifecycle import Phase
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import to_micros
from svcdelivery.work import (
    INCIDENT,
    REQUEST,
    Assigned,
    Audience,
    Closed,
    MessagePosted,
    Observed,
    PriorityChanged,
    PutOnHold,
    Reopened,
    Resolved,
    Resumed,
    Started,
    trace_of,
)
from tests.clock.oracle import Answer, Happening, Promise, Told, read_told
from tests.clock.test_oracle import CALENDARS, calendar_of, hours_of
from tests.clock.worlds import ANN, BOB, agreement, incident, local, read, target, terms

STORIES = int(os.environ.get("SVCDELIVERY_ORACLE_STORIES", "25"))
MON, TUE = "2024-03-11", "2024-03-12"
RESOLVED = Signaled({"resolved"})
MESSAGE, NOTE = MessagePosted(audience=Audience.REQUESTER), MessagePosted(audience=Audience.INTERNAL)
STARTED = ((f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T08:00", Started()))


def own(*, name: str = "own", hours: float = 4, repeats: bool = False, promise: Any = None, **conditions: Any) -> Any:
    """An agreement with one target of a measure of its own."""
    conditions = {"start": {"received"}, "stop": {"resolved"}, **conditions}
    measure = Measure(name=name, repeats=repeats, **conditions)
    return agreement(target(name, hours, **(promise or {})), measures=(measure,))


def cycles(promise: ServiceAgreement, facts: Any, now: str) -> list[ClockReading]:
    return list(read_clocks(promise, facts, local(now)))


class TestWhatConditionsMean:
    def test_a_clock_starts_when_its_condition_comes_to_hold(self) -> None:
        """A condition on how the work stands counts from the first fact after which it is so."""
        promise = own(start=PartIs("team", {"network"}))
        facts = incident(f"{MON}T08:00", *STARTED, (f"{MON}T10:00", Assigned(team="network")))
        assert read(promise, facts, f"{MON}T09:00", "own").phase is ClockPhase.WAITING
        assert read(promise, facts, f"{MON}T11:00", "own").started_at == local(f"{MON}T10:00")

    def test_it_stands_still_while_the_pause_holds(self) -> None:
        """Off to the night desk from nine to eleven: two of the four hours are left at eleven."""
        promise = own(pause=PartIs("team", {"night"}))
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T09:00", Assigned(team="night")), (f"{MON}T10:00", NOTE),
            (f"{MON}T11:00", Assigned(team="desk")),
        )  # fmt: skip
        paused = read(promise, facts, f"{MON}T10:30", "own")
        assert (paused.phase, paused.elapsed, paused.due_at) == (ClockPhase.PAUSED, timedelta(hours=1), None)
        assert read(promise, facts, f"{MON}T11:30", "own").due_at == local(f"{MON}T15:00")
        (span,) = [s for s in paused.explanation.spans if s.kind is SpanKind.PAUSED]
        assert (span.start, span.actor) == (local(f"{MON}T09:00"), "staff:bob")
        assert "own" in span.reason

    def test_with_a_resume_it_stands_still_until_that(self) -> None:
        """A message of the requester pauses it, the next one of staff lets it go on; notes change nothing."""
        promise = own(pause={"staff_message"}, resume={"requester_message"})
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T09:00", MESSAGE), (f"{MON}T10:00", NOTE), (f"{MON}T11:00", MESSAGE, ANN)
        )
        assert read(promise, facts, f"{MON}T10:30", "own").phase is ClockPhase.PAUSED
        assert read(promise, facts, f"{MON}T12:00", "own").elapsed == timedelta(hours=2)

    def test_a_reset_begins_anew(self) -> None:
        """What was counted is forgotten, and so is a breach."""
        promise = own(hours=2, reset={"priority_changed"})
        facts = incident(f"{MON}T08:00", *STARTED, (f"{MON}T11:00", PriorityChanged(priority="P1")))
        assert read(promise, facts, f"{MON}T10:30", "own").verdict is Verdict.BREACHED
        again = read(promise, facts, f"{MON}T11:30", "own")
        assert (again.verdict, again.elapsed, again.cycle) == (Verdict.OPEN, timedelta(minutes=30), 1)
        assert again.started_at == local(f"{MON}T11:00")

    def test_a_cancelled_clock_stays_cancelled_unless_it_repeats(self) -> None:
        """Then the next start begins a new cycle, and the cancelled one stays readable."""
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T09:00", MESSAGE, ANN), (f"{MON}T10:00", PriorityChanged(priority="P3")),
            (f"{MON}T11:00", MESSAGE, ANN),
        )  # fmt: skip
        rules = {"start": {"requester_message"}, "stop": {"staff_message"}, "cancel": {"priority_changed"}}
        assert [r.phase for r in cycles(own(**rules), facts, f"{MON}T12:00")] == [ClockPhase.CANCELLED]
        assert [(r.cycle, r.phase, r.verdict) for r in cycles(own(repeats=True, **rules), facts, f"{MON}T12:00")] == [
            (1, ClockPhase.CANCELLED, Verdict.NONE),
            (2, ClockPhase.RUNNING, Verdict.OPEN),
        ]

    @pytest.mark.parametrize(
        ("first", "second", "phase", "elapsed"),
        [
            ("cancel", "stop", ClockPhase.CANCELLED, 0),
            ("stop", "reset", ClockPhase.STOPPED, 2),
            ("reset", "start", ClockPhase.RUNNING, 1),
            ("cancel", "reset", ClockPhase.CANCELLED, 0),
        ],
    )
    def test_of_several_at_one_fact_the_stronger_counts(
        self, first: str, second: str, phase: ClockPhase, elapsed: int
    ) -> None:
        """Cancel, stop, reset, pause, resume, start: in this order."""
        rules = {"start": {"assigned"}, "stop": {"resolved"}, first: {"held"}, second: {"held"}}
        if second == "start":
            rules["start"] = {"assigned", "held"}
        facts = incident(f"{MON}T08:00", *STARTED, (f"{MON}T10:00", PutOnHold(reason="supplier")))
        reading = read(own(**rules), facts, f"{MON}T11:00", "own")
        assert (reading.phase, reading.elapsed // timedelta(hours=1)) == (phase, elapsed)

    def test_pause_is_stronger_than_resume(self) -> None:
        """A fact at which both hold leaves the clock standing still."""
        promise = own(pause=PartIs("phase", {"held"}), resume={"priority_changed"})
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T09:00", PutOnHold(reason="supplier")),
            (f"{MON}T10:00", PriorityChanged(priority="P1")), (f"{MON}T11:00", Resumed()),
        )  # fmt: skip
        assert read(promise, facts, f"{MON}T11:30", "own").elapsed == timedelta(hours=1)

    def test_messages_and_people_can_be_asked_for(self) -> None:
        """To whom, from what kind of actor, who is assigned."""
        supplier = Actor.supplier("telco")
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:30", Assigned(team="desk", assignee="eve")), (f"{MON}T09:00", NOTE),
            (f"{MON}T10:00", MESSAGE, supplier), (f"{MON}T11:00", Assigned(team="desk", assignee="bob")),
        )  # fmt: skip
        word = AllOf((PartIs("message_to", {"requester"}), PartIs("message_from", {"supplier"})))
        assert read(own(stop=word), facts, f"{MON}T12:00", "own").stopped_at == local(f"{MON}T10:00")
        assert read(own(stop=PartIs("message_to", {"internal"})), facts, f"{MON}T12:00", "own").stopped_at == local(
            f"{MON}T09:00"
        )
        theirs = own(start=PartIs("assignee", {"bob"}))
        assert read(theirs, facts, f"{MON}T12:00", "own").started_at == local(f"{MON}T11:00")

    def test_columns_of_a_source_and_fields_of_the_record_can_be_asked_for(self) -> None:
        """A column as last observed; else what the receipt and the latest priority say."""
        at = [local(f"{MON}T{hour}:00") for hour in ("08", "09", "10")]
        bodies = [
            Observed(kind="incident", status="recorded", fields=(("service", "email"),), attributes=(("vip", "no"),)),
            Observed(kind="incident", status="in_progress", attributes=(("vip", "yes"),)),
            Observed(kind="incident", status="in_progress", attributes=(("vip", None),)),
        ]
        entries = [NewFact(body=body, actor=BOB, occurred_at=when) for body, when in zip(bodies, at, strict=True)]
        facts = history("incident:I1", entries)
        promise = own(start=AttributeIs("vip", {"yes"}), stop=Not(AttributeIs("vip", {"yes", "no"})))
        reading = read(promise, facts, f"{MON}T11:00", "own")
        assert (reading.started_at, reading.stopped_at) == (at[1], at[2])
        channel = own(start=AllOf(({"received"}, AttributeIs("requester", {"ann"}))), stop=AttributeIs("impact", {"x"}))
        raised = (f"{MON}T09:00", PriorityChanged(priority="P1", impact="x"))
        reading = read(channel, incident(f"{MON}T08:00", raised), f"{MON}T11:00", "own")
        assert (reading.started_at, reading.stopped_at) == (at[0], at[1])

    def test_the_kind_of_work_can_be_asked_for(self) -> None:
        """The same measure, for incidents alone."""
        promise = own(start=AllOf(({"received"}, PartIs("kind", {"request"}))))
        assert read(promise, incident(f"{MON}T08:00"), f"{MON}T09:00", "own").phase is ClockPhase.WAITING

    def test_what_begins_by_how_the_work_stands_begins_anew_at_a_reopening(self) -> None:
        """A standing condition is no question asked meanwhile: it counts from the reopening."""
        promise = own(start=PartIs("team", {"desk"}), stop={"staff_message"}, repeats=True)
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T09:00", MESSAGE), (f"{MON}T10:00", Resolved()),
            (f"{MON}T11:00", Closed()), (f"{MON}T13:00", Reopened(ground="again")),
        )  # fmt: skip
        found = cycles(promise, facts, f"{MON}T14:00")
        assert [(r.cycle, r.started_at, r.elapsed // timedelta(hours=1)) for r in found] == [
            (1, local(f"{MON}T08:00"), 1),
            (2, local(f"{MON}T09:00"), 2),
        ]


class TestStandardMeasures:
    def test_the_requester_waits_but_while_staff_wait_for_them(self) -> None:
        """Held for the customer from nine to eleven."""
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T09:00", PutOnHold(reason="customer")), (f"{MON}T11:00", Resumed()),
            (f"{MON}T11:30", PutOnHold(reason="supplier")),
        )  # fmt: skip
        reading = read(agreement(target("requester_wait")), facts, f"{MON}T12:00", "requester_wait")
        assert (reading.elapsed, reading.phase) == (timedelta(hours=2), ClockPhase.RUNNING)

    def test_staff_work_counts_from_when_somebody_has_it_and_no_hold(self) -> None:
        """Assigned at nine, held from ten to eleven."""
        facts = incident(
            f"{MON}T08:00", (f"{MON}T09:00", Assigned(team="desk")), (f"{MON}T10:00", PutOnHold(reason="supplier")),
            (f"{MON}T11:00", Resumed()),
        )  # fmt: skip
        reading = read(agreement(target("staff_work")), facts, f"{MON}T12:00", "staff_work")
        assert (reading.started_at, reading.elapsed) == (local(f"{MON}T09:00"), timedelta(hours=2))

    def test_time_per_team_adds_up_over_all_stretches_with_the_team(self) -> None:
        """A team that gets the work back does not start from nothing, nor with what others used."""
        promise = agreement(target("team_time:network"), target("team_time:desk"))
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T09:00", Assigned(team="network")),
            (f"{MON}T10:00", Assigned(team="desk")), (f"{MON}T11:00", Assigned(team="network")),
        )  # fmt: skip
        found = {r.measure: r for r in read_clocks(promise, facts, local(f"{MON}T11:30"))}
        assert found["team_time:network"].elapsed == timedelta(minutes=90)
        assert found["team_time:desk"].elapsed == timedelta(hours=2)
        assert found["team_time:desk"].phase is ClockPhase.PAUSED

    def test_time_per_hold_reason_counts_the_holds(self) -> None:
        """What a supplier had it."""
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T09:00", PutOnHold(reason="supplier")), (f"{MON}T10:00", Resumed()),
            (f"{MON}T11:00", PutOnHold(reason="supplier")),
        )  # fmt: skip
        promise = agreement(target("hold_time:supplier"))
        reading = read(promise, facts, f"{MON}T11:30", "hold_time:supplier")
        assert reading.elapsed == timedelta(minutes=90)
        with pytest.raises(InvalidValueError, match="defined in this agreement"):
            agreement(target("hold_time:weather"))

    def test_their_stored_form_is_what_it_was(self) -> None:
        """A measure that needs no more than signals keeps its digest."""
        resolution = next(measure for measure in STANDARD_MEASURES if measure.name == "resolution")
        assert to_plain(resolution) == {
            "name": "resolution", "start": ["received"], "stop": ["fulfilled", "resolved"], "ends": "done",
        }  # fmt: skip
        assert digest(Measure(name="a", start={"b"}, stop={"c"})) == digest(
            Measure(name="a", start=Signaled({"b"}), stop=Signaled({"c"}))
        )


# -- laws --------------------------------------------------------------------------------------------------------------

_signals = st.sampled_from(SIGNALS)
_signaled = st.builds(Signaled, st.frozensets(_signals, min_size=1, max_size=3))
_values = {
    "kind": ("request", "incident"),
    "phase": tuple(phase.value for phase in Phase),
    "hold_reason": STANDARD_HOLD_REASONS,
    "priority": ("P1", "P2", "P3"),
    "service": ("email", "laptop"),
    "team": ("desk", "field"),
    "message_to": ("requester", "internal"),
    "message_from": ("staff", "end_user"),
}
_part_is = st.sampled_from(sorted(_values)).flatmap(
    lambda part: st.builds(PartIs, st.just(part), st.frozensets(st.sampled_from(_values[part]), min_size=1, max_size=2))
)
_attribute_is = st.builds(AttributeIs, st.just("requester"), st.just(frozenset({"ann"})))
conditions: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(_signaled, _signaled, _part_is, _part_is, _attribute_is),
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=4,
)
_maybe = st.one_of(st.none(), conditions)


@st.composite
def measures(draw: st.DrawFn) -> Measure:
    """A measure of one's own; most start with the receipt, so that there is something to see."""
    pause = draw(_maybe)
    return Measure(
        name="own",
        start=draw(st.one_of(st.just(Signaled({"received"})), conditions)),
        stop=draw(st.one_of(st.just(RESOLVED), conditions)),
        pause=pause,
        resume=None if pause is None else draw(_maybe),
        reset=draw(st.one_of(st.none(), st.none(), conditions)),
        cancel=draw(st.one_of(st.none(), st.none(), conditions)),
        repeats=draw(st.booleans()),
    )


@st.composite
def own_terms(draw: st.DrawFn, name: str = "office with lunch") -> AgreementRevision:
    """Terms with one target of such a measure."""
    promised = target(
        "own",
        goal=Within(timedelta(minutes=draw(st.integers(0, 1200))), draw(st.sampled_from(TimeKind))),
        pause_on=draw(st.frozensets(st.sampled_from(STANDARD_HOLD_REASONS), max_size=2)),
        boundary=draw(st.sampled_from(Boundary)),
    )
    made = terms(measures=(draw(measures()),), hold_reasons=STANDARD_HOLD_REASONS)
    return evolve(made, hours=(NamedHours("office", hours_of(name)),), targets=(promised,))


def all_readings(story: Story) -> tuple[ClockReading, ...]:
    return read_clocks(story.agreement, story.facts, story.now)


class TestLaws:
    @given(stories(revision=own_terms()))
    def test_spans_tile_and_the_counted_ones_add_up(self, story: Story) -> None:
        """For every cycle of every measure one can tell."""
        for reading in all_readings(story):
            spans = reading.explanation.spans
            if reading.started_at is None or reading.phase is ClockPhase.CANCELLED:
                assert not spans
                continue
            assert reading.explanation.counted == reading.elapsed
            edges = [reading.started_at, *(span.end for span in spans)]
            assert [span.start for span in spans] == edges[:-1]
            assert edges[-1] == (reading.stopped_at or max(story.now, reading.started_at))

    @given(stories(revision=own_terms()), st.data())
    def test_neither_the_order_of_the_facts_handed_over_nor_later_ones_matter(
        self, story: Story, data: st.DataObject
    ) -> None:
        """Equal instants keep theirs."""
        shuffled = tuple(data.draw(st.permutations(story.facts)))
        assert all_readings(story.with_facts(shuffled)) == all_readings(story)
        assert all_readings(story.with_facts(known_at(story.facts, story.now))) == all_readings(story)

    @given(stories(revision=own_terms()))
    def test_conditions_that_mean_the_same_give_the_same_clocks(self, story: Story) -> None:
        """Denied twice, alone among all, one of any of its signals: asked otherwise, answered alike."""
        (measure,) = story.revision.measures

        def otherwise(condition: Condition | None) -> Condition | None:
            if isinstance(condition, Signaled):
                return AnyOf(tuple(Signaled({signal}) for signal in sorted(condition.signals)))
            return None if condition is None else Not(Not(AllOf((condition,))))

        names = ("start", "stop", "pause", "resume", "reset", "cancel")
        changed = evolve(measure, **{name: otherwise(getattr(measure, name)) for name in names})
        revision = evolve(story.revision, measures=(changed,))
        assert all_readings(evolve(story, agreement=ServiceAgreement.of(revision))) == all_readings(story)

    @given(measures())
    def test_the_stored_form_gives_the_measure_back(self, measure: Measure) -> None:
        """And equal measures have equal digests."""
        again = from_plain(Measure, to_plain(measure))
        assert again == measure
        assert digest(again) == digest(measure)

    @given(stories(revision=own_terms(), steps_most=6), st.data())
    def test_at_most_one_cycle_is_open_and_their_numbers_rise(self, story: Story, data: st.DataObject) -> None:
        """Cycles follow one another."""
        found = all_readings(story)
        assert [reading.cycle for reading in found] == list(range(1, len(found) + 1))
        assert not any(reading.is_open or reading.phase is ClockPhase.WAITING for reading in found[:-1])


# -- oracle ------------------------------------------------------------------------------------------------------------


def as_tuple(condition: Condition | None) -> tuple[Any, ...] | None:
    """A condition as the oracle reads it."""
    match condition:
        case None:
            return None
        case Signaled(signals):
            return ("signals", *signals)
        case PartIs(part, values):
            return (part, *values)
        case AttributeIs(name, values):
            return (f"attribute {name}", *values)
        case AllOf(of):
            return ("all", *map(as_tuple, of))
        case AnyOf(of):
            return ("any", *map(as_tuple, of))
        case Not(of):
            return ("not", as_tuple(of))
    raise AssertionError(condition)


def happened(story: Story) -> list[Happening]:
    """The facts as plain happenings; where the work stands after each is what the lifecycle says."""
    trace = trace_of(story.facts)
    assert trace is not None
    found = []
    for step in trace.steps:
        body, message = step.fact.body, {}
        if isinstance(body, MessagePosted):
            staff = step.fact.actor.kind is ActorKind.STAFF
            message = {"message_to": body.audience.value, "message_from": "staff" if staff else "end_user"}
        stands = {
            "signals": step.signals, "phase": step.phase.value, "hold_reason": step.hold_reason,
            "kind": story.kind.name, "priority": step.priority, "service": step.service, "team": step.team,
            "attribute requester": "ann",
        }  # fmt: skip
        found.append((to_micros(step.at) // 60_000_000, {**stands, **message}))
    return found


@pytest.mark.parametrize("name", CALENDARS)
def test_every_measure_of_ones_own_shows_what_a_walk_over_the_minutes_finds(name: str) -> None:
    """Phase, verdict, elapsed time and due instant of every cycle agree with the oracle's."""
    calendar = calendar_of(name)
    night = datetime.fromisoformat(CALENDARS[name][4]).replace(tzinfo=UTC)
    starts = st.integers(-3 * 1440, 1440).map(lambda minutes: night + timedelta(minutes=minutes))

    @settings(max_examples=2 * STORIES)
    @given(stories(revision=own_terms(name), minute_aligned=True, start=starts))
    def agrees(story: Story) -> None:
        (promised,), (measure,) = story.revision.targets, story.revision.measures
        assert isinstance(promised.goal, Within)
        promise = Promise(
            measure="own",
            goal=promised.goal.duration // timedelta(minutes=1),
            service_time=promised.goal.time is TimeKind.SERVICE,
            pause_on=promised.pause_on,
            next_open=promised.boundary is Boundary.NEXT_OPEN,
        )
        told = Told(
            **{name: as_tuple(condition) for name, condition in measure.conditions},  # type: ignore[arg-type]
            repeats=measure.repeats,
        )
        found = [
            Answer(r.phase.value, r.verdict.value)
            if r.phase in (ClockPhase.CANCELLED, ClockPhase.WAITING)
            else Answer(
                r.phase.value,
                r.verdict.value,
                r.elapsed // timedelta(minutes=1),
                None if r.due_at is None else to_micros(r.due_at) // 60_000_000,
            )
            for r in all_readings(story)
        ]
        now = to_micros(story.now) // 60_000_000
        expected = read_told(calendar, promise, told, happened(story), now)
        if found[-1].phase == "waiting":
            expected = expected if expected[-1].phase == "waiting" else [*expected, Answer("waiting", "none")]
        assert found == expected

    agrees()


# -- what cannot be said -----------------------------------------------------------------------------------------------


class TestRefused:
    NONSENSE: ClassVar[dict[str, Any]] = {
        "no signal": lambda: Signaled(set()),
        "no such part": lambda: PartIs("mood", {"good"}),
        "no such phase": lambda: PartIs("phase", {"almost"}),
        "no such audience": lambda: PartIs("message_to", {"everybody"}),
        "all of nothing": lambda: AllOf(()),
        "resumed and never paused": lambda: Measure(name="m", start={"a"}, stop={"b"}, resume={"resumed"}),
        "a hold reason nobody defined": lambda: own(pause=PartIs("hold_reason", {"weather"})),
        "a priority nobody defined": lambda: own(pause=Not(AnyOf((PartIs("priority", {"P9"}),)))),
        "a service nobody defined": lambda: own(start=PartIs("service", {"fax"})),
    }

    @pytest.mark.parametrize("name", NONSENSE)
    def test_a_condition_that_means_nothing_is_refused(self, name: str) -> None:
        """Empty, unknown, or of names the agreement does not have."""
        with pytest.raises(InvalidValueError):
            self.NONSENSE[name]()

    MISSHAPEN: ClassVar[dict[str, Any]] = {
        "two keys": {"all": [["received"]], "any": [["closed"]]},
        "all of a text": {"all": "received"},
        "not of nothing": {"not": {}},
        "a lone value": {"phase": "held"},
        "no attribute": {"attribute": {}},
        "a lone value of an attribute": {"attribute": {"a": "b"}},
        "a text": "received",
        "a number": [1],
    }

    @pytest.mark.parametrize("name", MISSHAPEN)
    def test_stored_data_of_another_shape_are_refused_with_their_path(self, name: str) -> None:
        """Nothing is guessed."""
        with pytest.raises(WrongTypeError) as caught:
            from_plain(Measure, {"name": "m", "start": self.MISSHAPEN[name], "stop": ["closed"], "ends": "done"})
        assert caught.value.path.startswith("start")

    def test_nesting_has_a_bound(self) -> None:
        """Data of a stranger do not exhaust the stack."""
        data: Any = ["received"]
        for _ in range(40):
            data = {"not": data}
        with pytest.raises(InvalidValueError, match="nested"):
            from_plain(Measure, {"name": "m", "start": data, "stop": ["closed"], "ends": "done"})

    def test_both_kinds_of_work_are_known(self) -> None:
        """The closed list of kinds is that of the work there is."""
        assert {REQUEST.name, INCIDENT.name} == set(_values["kind"])
