from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.clock import ClockPhase, ClockReading, Verdict
from svcdelivery.lifecycle import Phase
from svcdelivery.reporting.compliance import BY, Compliance, Promise
from svcdelivery.reporting.compliance_tally import ComplianceTally
from svcdelivery.reporting.definitions import GOALS_MET
from svcdelivery.reporting.figures import share
from svcdelivery.reporting.items import ReportItem
from svcdelivery.reporting.outcome import outcome_of
from svcdelivery.timeline import parse_instant
from svcdelivery.work import INCIDENT, Incident, IncidentStatus
from tests.reporting.stories import agreement

AT = parse_instant("2026-03-23T08:00:00Z")
READINGS = {
    "met": (ClockPhase.STOPPED, Verdict.MET),
    "breached": (ClockPhase.STOPPED, Verdict.BREACHED),
    "breached and still open": (ClockPhase.RUNNING, Verdict.BREACHED),
    "still open, not yet due": (ClockPhase.PAUSED, Verdict.OPEN),
    "cancelled": (ClockPhase.CANCELLED, Verdict.NONE),
    "not started": (ClockPhase.WAITING, Verdict.NONE),
}


def reading(outcome: str, *, measure: str = "resolution", month: int = 3) -> ClockReading:
    phase, verdict = READINGS[outcome]
    at = AT.replace(month=month)
    return ClockReading(
        measure=measure,
        target=f"{measure}-target",
        clause="1",
        at=at,
        phase=phase,
        verdict=verdict,
        share_promised=Fraction(1),
        goal=timedelta(hours=8),
        stopped_at=at if phase is ClockPhase.STOPPED else None,
        due_at=at if verdict is Verdict.BREACHED else None,
    )


def item(readings: tuple[ClockReading, ...], *, service: str = "email", priority: str | None = "high") -> ReportItem:
    work = Incident(
        id="1", status=IncidentStatus.RECORDED, version=1, received_at=AT, updated_at=AT, service=service,
        priority=priority,
    )  # fmt: skip
    assert work.phase is Phase.NEW
    unjudged = "" if readings else "no target applies"
    return ReportItem(INCIDENT, "incident:1", work, (), agreement().revisions[0], readings, unjudged)


_readings = st.builds(reading, st.sampled_from(sorted(READINGS)), month=st.integers(1, 12))
_first = st.lists(_readings, max_size=1)
_items = st.lists(
    st.builds(
        lambda resolution, response, service, priority: item(
            tuple(resolution + [evolve(r, measure="first_response", target="f") for r in response]),
            service=service,
            priority=priority,
        ),
        _first,
        _first,
        st.sampled_from(["email", "printing", "vpn"]),
        st.sampled_from(["high", "low", None]),
    ),
    max_size=12,
)


@given(_items)
def test_the_lines_of_every_cut_add_up_to_the_whole(items: list[ReportItem]) -> None:
    """No two tables disagree: met, judged and late ones, and for places what was left out as well."""
    tally = ComplianceTally()
    for one in items:
        tally.add(one)
    for measure in tally.measures():
        whole = measure.whole
        for cut in BY:
            lines = measure.by(cut)
            assert sum(line.figure.numerator for line in lines) == whole.figure.numerator
            assert sum(line.figure.denominator for line in lines) == whole.figure.denominator
            assert sum(line.breached_open for line in lines) == whole.breached_open
            if cut in ("agreement", "service", "priority"):
                left_out = sum((Counter(dict(line.figure.excluded)) for line in lines), Counter())
                assert left_out == Counter(dict(whole.figure.excluded))
        assert whole.figure.denominator + whole.figure.excluded_count == len(items)
    total = tally.whole().figure
    assert total.denominator == sum(measure.whole.figure.denominator for measure in tally.measures())
    assert tally.judged_items + sum(number for _, number in tally.unjudged) == len(items)


def test_a_measure_in_cycles_counts_each_clock_and_the_item_once() -> None:
    """Three cycles are three clocks of one item; another item without any is left out once."""
    cycles = tuple(evolve(reading("met", measure="next_response"), cycle=number) for number in (1, 2, 3))
    tally = ComplianceTally()
    tally.add(item(cycles))
    tally.add(item((reading("met"),)))
    (line,) = [m.whole.figure for m in tally.measures() if m.measure == "next_response"]
    assert (line.numerator, line.denominator, line.excluded_count) == (3, 3, 1)


def test_goals_that_are_no_durations_stand_after_those_that_are() -> None:
    """In the table and in the data, by their own words."""
    tally = ComplianceTally()
    for goal in ("within 2 working days", timedelta(hours=8), "by the end of the same working day"):
        tally.add(item((evolve(reading("met"), goal=goal, target=f"{goal}"),)))
    lines = tally.measures()[0].by("target")
    assert sorted(str(line.to_data()["goal"]) for line in lines) == [
        "PT8H", "by the end of the same working day", "within 2 working days"
    ]  # fmt: skip


@given(_items, st.randoms())
def test_the_order_of_items_changes_nothing(items: list[ReportItem], random: object) -> None:
    """Counting is counting."""
    there, back = ComplianceTally(), ComplianceTally()
    for one in items:
        there.add(one)
    for one in reversed(items):
        back.add(one)
    assert there.measures() == back.measures()


def test_each_reading_counts_as_one_thing() -> None:
    """Judged one way or the other, or left out for one reason."""
    for outcome in READINGS:
        assert outcome_of(reading(outcome)) == outcome
    assert outcome_of(evolve(reading("breached"), exempted_by="force majeure")) == "exempted"
    unknown = evolve(reading("still open, not yet due"), findings=("closed dates end in 2025",))
    assert outcome_of(unknown) == "with hours not known for their dates"


def test_a_promise_is_compared_exactly() -> None:
    """94.99 % rounds to 95.0 % and still breaks a promise of 95 %; exactly 95 % keeps it."""
    promise = Promise("4.2", timedelta(hours=8), Fraction(95, 100))
    for met, judged, kept in ((9499, 10_000, False), (95, 100, True), (0, 0, None)):
        line = Compliance(of="x", figure=share("x", met, judged, of=GOALS_MET), promise=promise)
        assert line.kept is kept
