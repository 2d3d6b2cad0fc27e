"""Laws that cannot fail prove nothing: each planted mistake is caught by the law that should catch it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, settings

from svcdelivery.agreement import (
    STANDARD_MEASURES,
    AppliesToOpen,
    ByTimeOfWorkingDay,
    Goal,
    Measure,
    OnAmendment,
    OnChange,
    ServiceAgreement,
    ServiceLevelTarget,
    TimeKind,
    Within,
)
from svcdelivery.clock import ClockPhase, ClockReading, Verdict, read_clocks
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing import rule_laws
from svcdelivery.testing.laws import LAWS_OF_CLOCKS, LAWS_OF_HOURS, LawBrokenError
from svcdelivery.testing.terms import terms_of
from svcdelivery.timeline import Instant, Interval, from_micros, to_instant, to_micros
from svcdelivery.work import PriorityChanged, PutOnHold, Resumed

OFFICE = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]}, closed=["2022-10-03"])
NIGHT = ServiceHours.weekly("America/New_York", {"mon-sun": ["22:00-06:00"]})
HOUR, MICRO, ZERO = timedelta(hours=1), timedelta(microseconds=1), timedelta(0)


# Cases are not made smaller, which would take longer than to find them.
HUNT = settings(
    max_examples=300, phases=[Phase.generate], derandomize=True, database=None, deadline=None,
    suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
)  # fmt: skip


def broken(laws: type, *names: str) -> dict[str, str]:
    """Answer the laws that do not hold, by name, with what they say; all of them, unless some are named."""
    found = {}
    for name in names or [name.removeprefix("test_") for name in vars(laws) if name.startswith("test_")]:
        try:
            getattr(laws(), f"test_{name}")()
        except LawBrokenError as error:
            found[name] = str(error)
    return found


# -- calendars ---------------------------------------------------------------------------------------------------------


class Calendar:
    """A calendar somebody wrote; what it does not do wrong it leaves to ours."""

    def __init__(self, hours: ServiceHours = OFFICE) -> None:
        self.hours, self.zone = hours, hours.zone

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return self.hours.elapsed(start, end)

    def add(self, start: datetime, duration: timedelta, boundary: Any = "close") -> Instant:
        return self.hours.add(start, duration, boundary)

    def subtract(self, end: datetime, duration: timedelta, boundary: Any = "close") -> Instant:
        return self.hours.subtract(end, duration, boundary)

    def is_open(self, at: datetime) -> bool:
        return self.hours.is_open(at)

    def next_open(self, at: datetime) -> Instant:
        return self.hours.next_open(at)

    def intervals(self, start: datetime, end: datetime) -> Iterable[Interval]:
        return self.hours.intervals(start, end)


class DropsMicroseconds(Calendar):
    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return timedelta(seconds=super().elapsed(start, end) // timedelta(seconds=1))


class LosesTheMinuteBeforeMidnight(Calendar):
    """Open to 23:59 where 24:00 is promised."""

    def __init__(self) -> None:
        super().__init__(ServiceHours.always("Europe/Berlin"))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return ServiceHours.weekly("Europe/Berlin", {"mon-sun": "00:00-23:59"}).elapsed(start, end)


class AddsWallTimeAfterTheFirstDay(Calendar):
    def add(self, start: datetime, duration: timedelta, boundary: Any = "close") -> Instant:
        day = min(duration, 8 * HOUR)
        return datetime.__add__(super().add(start, day, boundary), duration - day)


class IsDueAtTheOpeningAfter(Calendar):
    """Whatever the boundary, the next opening."""

    def add(self, start: datetime, duration: timedelta, boundary: Any = "close") -> Instant:
        return super().add(start, duration, "next_open")


class CountsTheWallOnChangedNights(Calendar):
    """Times of day subtracted from one another, as if every night had the same hours."""

    def __init__(self) -> None:
        super().__init__(NIGHT)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return self._reading(end) - self._reading(start) if end > start else ZERO

    def _reading(self, at: datetime) -> timedelta:
        begin = from_micros(1_577_836_800_000_000)
        offset = to_instant(at).in_timezone(self.zone).utcoffset() or ZERO
        return self.hours.elapsed(begin, at) + offset


class ReadsTheClockFaceOfItsArguments(Calendar):
    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return super().elapsed(to_instant(start.replace(tzinfo=to_instant(start).tzinfo)), end)


class GoesBackTooFar(Calendar):
    def subtract(self, end: datetime, duration: timedelta, boundary: Any = "close") -> Instant:
        return super().subtract(end, duration + MICRO, boundary)


class ForgetsToCloseForLunch(Calendar):
    def is_open(self, at: datetime) -> bool:
        return super().is_open(at) or 12 <= at.astimezone(to_instant(at).in_timezone(self.zone).tzinfo).hour < 13


class CountsBackwards(Calendar):
    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return super().elapsed(start, end) - super().elapsed(end, start)


class TouchesAtMidnight(Calendar):
    """Says where its dates meet, as if it closed there."""

    def __init__(self) -> None:
        super().__init__(ServiceHours.always("Europe/Berlin"))

    def intervals(self, start: datetime, end: datetime) -> Iterator[Interval]:
        for interval in super().intervals(start, end):
            middle = from_micros((to_micros(interval.start) + to_micros(interval.end)) // 2)
            yield from (Interval(interval.start, middle), Interval(middle, interval.end))


class OpensEarly(Calendar):
    def next_open(self, at: datetime) -> Instant:
        return max(to_instant(at), datetime.__sub__(super().next_open(at), MICRO))


@pytest.mark.parametrize(
    ("calendar", "law"),
    [
        (DropsMicroseconds, "service_time_is_additive_over_splits"),
        (DropsMicroseconds, "time_counts_while_open_and_not_while_closed"),
        (LosesTheMinuteBeforeMidnight, "open_intervals_tile_the_service_time"),
        (LosesTheMinuteBeforeMidnight, "time_counts_while_open_and_not_while_closed"),
        (AddsWallTimeAfterTheFirstDay, "add_is_the_fixed_point_of_elapsed"),
        (AddsWallTimeAfterTheFirstDay, "two_steps_are_one"),
        (IsDueAtTheOpeningAfter, "add_is_the_fixed_point_of_elapsed"),
        (CountsTheWallOnChangedNights, "service_time_never_falls_and_never_outruns_the_wall"),
        (CountsTheWallOnChangedNights, "time_counts_while_open_and_not_while_closed"),
        (ReadsTheClockFaceOfItsArguments, "the_zone_an_instant_is_written_in_changes_nothing"),
        (GoesBackTooFar, "subtract_mirrors_add"),
        (GoesBackTooFar, "the_way_there_and_back_ends_at_the_next_opening"),
        (ForgetsToCloseForLunch, "nothing_passes_until_the_next_opening"),
        (CountsBackwards, "backwards_nothing_passes"),
        (TouchesAtMidnight, "open_intervals_tile_the_service_time"),
        (OpensEarly, "nothing_passes_until_the_next_opening"),
    ],
    ids=lambda given: given.__name__ if isinstance(given, type) else given,
)
def test_a_wrong_calendar_is_caught(calendar: Callable[[], Calendar], law: str) -> None:
    """By the law that should catch it, in its own words."""
    found = broken(rule_laws(hours=calendar(), settings=HUNT), law)
    assert found[law].startswith(f"{law} (")


# -- readers of clocks -------------------------------------------------------------------------------------------------

Facts = tuple[Fact[Any], ...]


def with_due(reading: ClockReading, due: datetime | None) -> ClockReading:
    """Answer a reading with another due instant, and the verdict that follows."""
    if due is None or reading.due_at is None or reading.due_is_provisional:
        return reading
    end = reading.stopped_at or reading.at
    late = end > due
    verdict = Verdict.BREACHED if late else Verdict.MET if reading.stopped_at else Verdict.OPEN
    return evolve(reading, due_at=to_instant(due), verdict=verdict)


def pauses_in_wall_time(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """Hold time is added to the due instant as it passes on the wall (the best known defect of all)."""
    without = tuple(fact for fact in facts if not isinstance(fact.body, PutOnHold | Resumed))
    never_paused = {(r.measure, r.cycle): r for r in read_clocks(agreement, without, now)}
    found = []
    for reading in read_clocks(agreement, facts, now):
        plain = never_paused.get((reading.measure, reading.cycle))
        paused = sum((s.duration for s in reading.explanation.spans if s.kind.value == "paused"), ZERO)
        due = plain.due_at if plain is not None else None
        found.append(with_due(reading, due and datetime.__add__(due, paused)))
    return found


def forgets_pauses_on_a_change(agreement: ServiceAgreement, facts: Facts, now: datetime) -> tuple[ClockReading, ...]:
    """A new priority begins with a clean sheet: what was on hold before it counts."""
    changed = [f.occurred_at for f in facts if isinstance(f.body, PriorityChanged) and f.occurred_at <= now]
    upto = max(changed, default=None)
    held = PutOnHold | Resumed
    kept = tuple(f for f in facts if upto is None or f.occurred_at > upto or not isinstance(f.body, held))
    return read_clocks(agreement, kept, now)


def ticks_while_paused(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """Shown as paused, counted all the same."""
    return [
        evolve(r, elapsed=r.elapsed + (datetime.__sub__(to_instant(now), r.started_at) if r.started_at else ZERO))
        if r.phase is ClockPhase.PAUSED and r.elapsed is not None
        else r
        for r in read_clocks(agreement, facts, now)
    ]


def ticks_while_closed(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """Elapsed is wall time, whatever the hours."""
    return [evolve(r, elapsed=r.elapsed_wall) for r in read_clocks(agreement, facts, now)]


def goes_by_the_order_of_record(agreement: ServiceAgreement, facts: Facts, now: datetime) -> tuple[ClockReading, ...]:
    """What is told late happened late."""
    latest, told = min(fact.occurred_at for fact in facts), []
    for fact in sorted(facts, key=lambda fact: (fact.body.action != "receive", fact.position)):
        latest = max(latest, fact.occurred_at)
        told.append(evolve(fact, occurred_at=latest))
    return read_clocks(agreement, told, now)


def looks_ahead(agreement: ServiceAgreement, facts: Facts, now: datetime) -> tuple[ClockReading, ...]:
    """Reads the last state of the item, whenever it came about."""
    latest = max([to_instant(now), *(fact.occurred_at for fact in facts)])
    return tuple(evolve(reading, at=to_instant(now)) for reading in read_clocks(agreement, facts, latest))


def reads_the_clock_face(agreement: ServiceAgreement, facts: Facts, now: datetime) -> tuple[ClockReading, ...]:
    """The zone is thrown away."""
    return read_clocks(agreement, facts, now.replace(tzinfo=facts[0].occurred_at.tzinfo))


def breaches_at_due(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """At its due instant it is late already."""
    return [
        evolve(r, verdict=Verdict.BREACHED) if r.is_open and r.due_at == r.at and not r.due_is_provisional else r
        for r in read_clocks(agreement, facts, now)
    ]


def is_due_by_the_clock_face(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """The due time is stored without its zone, and read as if it were in another."""
    return [
        with_due(r, None if r.due_at is None else datetime.__sub__(r.due_at, 5 * HOUR))
        for r in read_clocks(agreement, facts, now)
    ]


def clears_due_at_the_stop(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """After the end nobody can tell what was promised, and every clock was met."""
    return [
        evolve(r, due_at=None, verdict=Verdict.MET) if r.phase is ClockPhase.STOPPED else r
        for r in read_clocks(agreement, facts, now)
    ]


def shows_due_while_paused(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """A clock that stands still is due as if it went on now."""
    went_on = {}
    for reading in read_clocks(agreement, facts, now):
        went_on[reading.measure, reading.cycle] = reading
        if reading.phase is ClockPhase.PAUSED and reading.remaining and reading.due_at is None:
            due = datetime.__add__(to_instant(now), reading.remaining)
            went_on[reading.measure, reading.cycle] = evolve(reading, due_at=due)
    return list(went_on.values())


def rounds_to_seconds(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """Elapsed is kept in whole seconds."""
    second = timedelta(seconds=1)
    return [
        evolve(r, elapsed=None if r.elapsed is None else r.elapsed // second * second)
        for r in read_clocks(agreement, facts, now)
    ]


def goes_on_after_the_stop(agreement: ServiceAgreement, facts: Facts, now: datetime) -> list[ClockReading]:
    """A stopped clock goes on counting."""
    return [
        evolve(r, elapsed=r.elapsed + datetime.__sub__(to_instant(now), r.stopped_at))
        if r.stopped_at is not None and r.elapsed is not None
        else r
        for r in read_clocks(agreement, facts, now)
    ]


@pytest.mark.parametrize(
    ("read", "law"),
    [
        (pauses_in_wall_time, "a_pause_in_closed_time_moves_nothing"),
        (pauses_in_wall_time, "due_is_the_fixed_point_of_elapsed"),
        (forgets_pauses_on_a_change, "priority_up_and_down_changes_nothing"),
        (ticks_while_paused, "nothing_elapses_during_a_pause"),
        (ticks_while_paused, "the_explanation_adds_up"),
        (ticks_while_closed, "nothing_elapses_while_closed"),
        (ticks_while_closed, "a_pause_in_closed_time_moves_nothing"),
        (goes_by_the_order_of_record, "the_order_of_record_changes_nothing"),
        (looks_ahead, "what_happens_later_changes_nothing"),
        (reads_the_clock_face, "the_zone_now_is_written_in_changes_nothing"),
        (is_due_by_the_clock_face, "nothing_is_due_before_it_began"),
        (breaches_at_due, "a_breach_begins_a_microsecond_after_due"),
        (breaches_at_due, "the_verdict_is_stop_or_now_against_due"),
        (clears_due_at_the_stop, "the_verdict_is_stop_or_now_against_due"),
        (shows_due_while_paused, "while_paused_nothing_is_due_that_a_pause_moves"),
        (shows_due_while_paused, "what_is_due_while_paused_does_not_depend_on_when_one_asks"),
        (rounds_to_seconds, "the_explanation_adds_up"),
        (rounds_to_seconds, "elapsed_is_additive_over_splits"),
        (goes_on_after_the_stop, "a_stopped_clock_keeps_what_it_shows"),
        (goes_on_after_the_stop, "amounts_agree"),
    ],
    ids=lambda given: getattr(given, "__name__", given),
)
def test_a_wrong_reader_is_caught(read: Any, law: str) -> None:
    """By the law that should catch it."""
    found = broken(rule_laws(read=read, settings=HUNT), law)
    assert found[law].startswith(f"{law} (")


class TestWhatIsRun:
    def test_one_test_a_law_by_name(self) -> None:
        """Pytest finds them in the class; each says what it promises."""
        laws = rule_laws(hours=OFFICE)
        assert [name for name in vars(laws) if name.startswith("test_")] == [
            f"test_{law.name}" for law in LAWS_OF_HOURS
        ]
        assert vars(laws)["test_two_steps_are_one"].__doc__ == "A duration may be split anywhere, also at a closing."

    def test_a_law_that_cannot_be_asked_is_left_out(self) -> None:
        """A calendar that only counts is put through the laws of counting."""

        class Counts:
            def elapsed(self, start: datetime, end: datetime) -> timedelta:
                return OFFICE.elapsed(start, end)

        laws = rule_laws(hours=Counts(), settings=HUNT)  # type: ignore[arg-type]
        named = [name.removeprefix("test_") for name in vars(laws) if name.startswith("test_")]
        assert named == [
            "service_time_is_additive_over_splits",
            "service_time_never_falls_and_never_outruns_the_wall",
            "backwards_nothing_passes",
            "the_zone_an_instant_is_written_in_changes_nothing",
        ]
        assert not broken(laws, named[0])

    def test_an_agreement_is_run_with_its_hours(self) -> None:
        """Laws of clocks over its targets, laws of service time over its calendars."""
        laws = rule_laws(agreement=ServiceAgreement.of(terms_of(RESOLUTION, hours=OFFICE)), settings=FEW)
        assert len([name for name in vars(laws) if name.startswith("test_")]) == len(LAWS_OF_CLOCKS + LAWS_OF_HOURS)
        assert not broken(laws, "due_is_the_fixed_point_of_elapsed", "add_is_the_fixed_point_of_elapsed")

    def test_each_revision_of_an_agreement_is_run_by_itself(self) -> None:
        """Also one that applies to open work, with targets the one before does not have."""
        other = evolve(RESOLUTION, name="faster", goal=Within(HOUR))
        amended = terms_of(
            other,
            hours=OFFICE,
            number=2,
            effective_at=datetime(2022, 3, 1, tzinfo=UTC),
            applies_to_open=AppliesToOpen(OnAmendment.CARRY),
        )
        whole = ServiceAgreement.of(terms_of(RESOLUTION, hours=OFFICE), amended)
        seen = set()

        def read(agreement: ServiceAgreement, facts: Facts, now: datetime) -> tuple[ClockReading, ...]:
            seen.add(tuple(revision.number for revision in agreement.revisions))
            return read_clocks(agreement, facts, now)

        assert not broken(rule_laws(agreement=whole, read=read, settings=FEW))
        assert seen == {(1,), (2,)}

    @pytest.mark.parametrize("goal", [ByTimeOfWorkingDay(1, "16:00"), Within(90 * 24 * HOUR, TimeKind.WALL)])
    def test_a_goal_is_promised_for_every_measure(self, goal: Goal) -> None:
        """In the hours given."""
        seen = set()

        def read(agreement: ServiceAgreement, facts: Facts, now: datetime) -> tuple[ClockReading, ...]:
            seen.update((t.measure, t.goal, t.hours) for t in agreement.revisions[0].targets)
            return read_clocks(agreement, facts, now)

        assert not broken(rule_laws(goal=goal, hours=OFFICE, read=read, settings=FEW), "amounts_agree")
        assert {promised for _, promised, _ in seen} == {goal}
        assert len({measure for measure, *_ in seen}) == len(STANDARD_MEASURES)
        assert {hours for *_, hours in seen} == {"office"}

    def test_a_measure_of_ones_own_is_run(self) -> None:
        """Its laws hold, those that its signals take part in are left to the others."""
        handover = Measure(name="handover", start={"assigned"}, stop={"held"})
        assert not broken(rule_laws(measure=handover, settings=FEW))

    def test_years_that_hours_do_not_know_are_left_out(self) -> None:
        """Instead of breaking every law."""
        known = ServiceHours.weekly("Europe/Paris", {"mon-fri": "09:00-17:00"}, covered_years=(2026, 2026))
        assert not broken(rule_laws(hours=known, settings=FEW))
        assert not broken(rule_laws(goal=Within(40 * HOUR), hours=known, settings=FEW))

    def test_a_target_that_restarts_on_a_change_may_do_so(self) -> None:
        """It was agreed: there and back is no longer the same, and no law says so."""
        restarts = evolve(RESOLUTION, on_change=OnChange.RESTART)
        urgent = evolve(restarts, name="urgent", goal=Within(HOUR), scope=evolve(restarts.scope, priorities={"P1"}))
        assert not broken(rule_laws(agreement=terms_of(restarts, urgent, hours=OFFICE), settings=FEW))

    def test_a_reference_has_to_be_agreed_with(self) -> None:
        """Of hours in every answer, of readers in every clock."""
        other = evolve(OFFICE, closed=())
        assert not broken(rule_laws(hours=Calendar(), same_as=OFFICE, settings=FEW), "answers_as_the_reference_does")
        found = broken(rule_laws(hours=Calendar(other), same_as=OFFICE, settings=HUNT), "answers_as_the_reference_does")
        assert "and the reference says" in found["answers_as_the_reference_does"]
        laws = rule_laws(read=rounds_to_seconds, same_as=read_clocks, settings=HUNT)
        assert "becomes" in broken(laws, "reads_as_the_reference_does")["reads_as_the_reference_does"]

    @pytest.mark.parametrize("given", [{}, {"same_as": OFFICE}, {"agreement": terms_of(), "hours": OFFICE}])
    def test_nothing_to_test_and_two_things_at_once_are_refused(self, given: dict[str, Any]) -> None:
        """With what would be accepted."""
        with pytest.raises(InvalidValueError, match="to test"):
            rule_laws(**given)


RESOLUTION = ServiceLevelTarget(
    name="resolution", measure="resolution", goal=Within(4 * HOUR), hours="office", pause_on={"customer"}
)
FEW = settings(HUNT, max_examples=8)


def test_a_counterexample_is_small_and_can_be_read() -> None:
    """The instants of the report are the simplest there are, and each has its name."""
    laws = rule_laws(hours=DropsMicroseconds(), settings=settings(database=None, derandomize=True, deadline=None))
    with pytest.raises(LawBrokenError) as found:
        laws().test_time_counts_while_open_and_not_while_closed()  # type: ignore[attr-defined]
    assert str(found.value).endswith("has 0:00:00 of service time while open")
    drawn = [line for line in found.value.__notes__ if line.startswith("Draw")]
    assert len(drawn) == 1
    assert drawn[0].startswith("Draw 1 (at): ")


def test_a_story_that_breaks_a_law_is_told_fact_by_fact() -> None:
    """When it came in, what happened, what was promised, and what the clock showed."""
    terms = terms_of(RESOLUTION, hours=OFFICE)
    laws = rule_laws(agreement=terms, read=ticks_while_paused, settings=HUNT)
    with pytest.raises(LawBrokenError, match=r"adds_up .*: resolution ") as found:
        laws().test_the_explanation_adds_up()  # type: ignore[attr-defined]
    told = "\n".join(found.value.__notes__)
    assert "PutOnHold customer (staff:bob)" in told
    assert "promised:\n  resolution: resolution within PT4H of service time, hours office" in told


def test_the_kit_imports_neither_hypothesis_nor_pytest_before_it_is_asked_for_them() -> None:
    """Nor does the runner of vectors; a name there is not is an attribute error."""
    program = (
        "import sys, svcdelivery.testing as kit, svcdelivery.testing.vectors.runner;"
        "kit.HeldTime, kit.terms_of, kit.incident_history;"
        "assert not {'hypothesis', 'pytest', '_pytest'} & set(sys.modules), 'too early';"
        "kit.rule_laws; assert 'hypothesis' in sys.modules;"
        "assert not hasattr(kit, 'nonsense') and 'rule_laws' in dir(kit)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


def test_without_the_extra_the_kit_says_which_one_is_missing() -> None:
    """In one line, instead of a traceback through its own modules."""
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from svcdelivery.errors import ExtraMissingError\n"
        "try:\n    from svcdelivery.testing import rule_laws\n"
        "except ExtraMissingError as error:\n    assert 'svcdelivery[testing]' in str(error), error\n"
        "else:\n    raise SystemExit('not refused')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)
