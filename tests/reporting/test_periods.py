"""Shares promised in periods and the credits for them: laws of the tables, and one story told to the page."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    BreachCredit,
    CreditTerms,
    LateStep,
    PeriodCredit,
    Periods,
    PeriodUnit,
    ServiceAgreement,
    ShareStep,
)
from svcdelivery.clock import ClockPhase, ClockReading, Verdict
from svcdelivery.desk import ServiceDesk
from svcdelivery.reporting import write_work_products
from svcdelivery.reporting.compliance import Compliance
from svcdelivery.reporting.compliance_tally import ComplianceTally
from svcdelivery.reporting.items import ReportItem
from svcdelivery.reporting.outcome import decided_at, outcome_of
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.timeline import Instant, from_micros, parse_instant, to_micros
from tests.reporting.stories import BOB, OLGA, PORTAL, Clock, agreement
from tests.reporting.test_compliance import READINGS, item, reading

NOW = parse_instant("2026-06-15T00:00:00Z")
_FIRST = to_micros(parse_instant("2026-01-01T00:00:00Z"))
PERIODS = st.sampled_from([Periods(unit, "Asia/Tokyo") for unit in PeriodUnit])


def _placed(outcome: str, day: int, periods: Periods, exempted: bool) -> ClockReading:
    at = from_micros(_FIRST + day * 86_400_000_000)
    made = reading(outcome)
    return evolve(
        made,
        at=NOW,
        stopped_at=None if made.stopped_at is None else at,
        due_at=None if made.due_at is None else at,
        share_periods=periods,
        exempted_by="force majeure" if exempted and made.verdict is Verdict.BREACHED else None,
    )


@st.composite
def items(draw: st.DrawFn) -> tuple[Periods, list[ReportItem]]:
    """Items with one clock each, all promised in the same periods."""
    periods = draw(PERIODS)
    drawn = st.builds(_placed, st.sampled_from(sorted(READINGS)), st.integers(0, 160), st.just(periods), st.booleans())
    return periods, [item((one,)) for one in draw(st.lists(drawn, max_size=20))]


def line_of(counted: list[ReportItem]) -> Compliance | None:
    tally = ComplianceTally()
    for one in counted:
        tally.add(one)
    return next((line for measure in tally.measures() for line in measure.by("target")), None)


@given(items())
def test_the_periods_of_a_promise_add_up_to_the_whole(drawn: tuple[Periods, list[ReportItem]]) -> None:
    """Every judged clock stands in one period, every exempted one too; what is undecided stands in none."""
    _, counted = drawn
    line = line_of(counted)
    if line is None:
        assert not counted
        return
    assert sum(part.figure.numerator for part in line.periods) == line.figure.numerator
    assert sum(part.figure.denominator for part in line.periods) == line.figure.denominator
    assert sum(part.breached_open for part in line.periods) == line.breached_open
    exempted = sum(dict(part.figure.excluded).get("exempted", 0) for part in line.periods)
    assert exempted == dict(line.figure.excluded).get("exempted", 0)


@given(items(), st.randoms())
def test_splitting_the_items_of_a_period_adds_up(drawn: tuple[Periods, list[ReportItem]], random: object) -> None:
    """Counted in two halves, each period has as many as counted at once."""
    _, counted = drawn
    at = len(counted) // 2
    halves = [line_of(counted[:at]), line_of(counted[at:])]
    added: Counter[tuple[str, str]] = Counter()
    for half in halves:
        for part in half.periods if half else ():
            added[part.period.label, "met"] += part.figure.numerator
            added[part.period.label, "judged"] += part.figure.denominator
    whole = line_of(counted)
    for part in whole.periods if whole else ():
        assert added[part.period.label, "met"] == part.figure.numerator
        assert added[part.period.label, "judged"] == part.figure.denominator


@given(items())
def test_a_share_promised_in_periods_is_kept_when_each_that_is_over_kept_it(
    drawn: tuple[Periods, list[ReportItem]],
) -> None:
    """One bad month is not made up for by good ones; a month that is not over decides nothing."""
    line = line_of(drawn[1])
    if line is None:
        return
    over = [part.kept for part in line.periods if part.is_over and part.kept is not None]
    assert line.kept == (all(over) if over else None)


def test_a_verdict_stays_in_the_period_it_was_decided_in() -> None:
    """Breached in March and repaired in May, it belongs to March, before and after the repair."""
    march, may = parse_instant("2026-03-31T10:00:00Z"), parse_instant("2026-05-02T10:00:00Z")
    still_open = evolve(reading("breached and still open"), due_at=march)
    repaired = evolve(reading("breached"), due_at=march, stopped_at=may)
    assert decided_at(still_open) == decided_at(repaired) == march
    assert decided_at(evolve(reading("met"), due_at=may, stopped_at=march)) == march
    assert decided_at(reading("still open, not yet due")) is None
    assert outcome_of(still_open) != outcome_of(repaired)
    assert still_open.phase is ClockPhase.RUNNING


# -- one story ---------------------------------------------------------------------------------------------------------

_HOUR = timedelta(hours=1)
MONTHS = Periods(PeriodUnit.MONTH, "Europe/Paris")


def _terms() -> ServiceAgreement:
    revision: AgreementRevision = agreement().revisions[0]
    repair, answer = revision.targets
    steps = (LateStep(timedelta(0), 100), LateStep(8 * _HOUR, 300))
    return ServiceAgreement.of(
        evolve(
            revision,
            credits=CreditTerms(currency="EUR", fee=Decimal(10_000), periods=MONTHS),
            targets=(
                evolve(repair, credit=BreachCredit(steps=steps, cap=Decimal(350))),
                evolve(
                    answer,
                    share_promised=Fraction(1, 2),
                    share_periods=MONTHS,
                    credit=PeriodCredit(steps=(ShareStep(Fraction(1, 2), "2 %"),)),
                ),
            ),
        )
    )


def _at(day: str) -> Instant:
    return parse_instant(f"2026-{day}:00Z")


def tell(store: MemoryStore) -> None:
    """Four incidents in March, two of them repaired at once and two a week late; one in April, still open."""
    clock = Clock()
    desk = ServiceDesk(store, time=clock)
    desk.agreements.register(_terms(), by=OLGA, key="register")
    for number in range(1, 5):
        desk.incidents.receive(
            customer="acme", service="email", requester="ann", id=f"inc-{number}", priority="high", summary="no mail",
            by=PORTAL, key=f"receive-{number}",
        )  # fmt: skip
        desk.incidents.assign(f"inc-{number}", team="desk", by=BOB, key=f"assign-{number}")
        desk.incidents.start(f"inc-{number}", by=BOB, key=f"start-{number}")
    desk.incidents.post("inc-1", text="we are on it", by=BOB, key="post-1")
    for number in (1, 2):
        desk.incidents.resolve(f"inc-{number}", by=BOB, key=f"resolve-{number}")
    clock.pass_(days=7)
    for number in (3, 4):
        desk.incidents.resolve(f"inc-{number}", by=BOB, key=f"resolve-{number}")
    clock.pass_(days=7)
    desk.incidents.receive(
        customer="acme", service="email", requester="ann", id="inc-5", priority="low", summary="slow",
        by=PORTAL, key="receive-5",
    )  # fmt: skip


def test_the_report_shows_periods_and_credits(tmp_path: Path) -> None:
    """Numerator, denominator and verdict of each month, and what is owed for it."""
    store = MemoryStore()
    tell(store)
    products = write_work_products(store, tmp_path / "report", now=_at("04-06T12:00"))
    data = json.loads((tmp_path / "report" / "performance.json").read_text(encoding="utf-8"))
    measures = {measure["measure"]: measure for measure in data["compliance"]["measures"]}
    (answer,) = measures["first_response"]["by_target"]
    (march,) = answer["periods"]
    assert (answer["promised_in"], answer["zone"]) == ("month", "Europe/Paris")
    assert (march["name"], march["from"], march["until"]) == (
        "2026-03", "2026-02-28T23:00:00.000000Z", "2026-03-31T22:00:00.000000Z",
    )  # fmt: skip
    assert (march["numerator"], march["denominator"], march["kept"], march["is_over"]) == (2, 4, True, True)
    (owed,) = data["credits"]
    assert (owed["agreement"], owed["currency"], owed["amount"]) == ("acme", "EUR", "350.00")
    lines = {line["target"]: line for line in owed["lines"]}
    assert (lines["repair"]["credits"], lines["repair"]["earned"], lines["repair"]["amount"]) == (2, "600.00", "350.00")
    assert lines["answer"]["amount"] == "0.00", "half of them was promised, and half it was"
    page = products.page.read_text(encoding="utf-8")
    assert "in each month" in page
    assert "350.00 EUR" in page
    assert "cut to the cap" in page


def test_without_credits_nothing_is_said_of_them(tmp_path: Path) -> None:
    """A report of an agreement that owes nothing has no such section."""
    store = MemoryStore()
    ServiceDesk(store, time=Clock()).agreements.register(agreement(), by=OLGA, key="register")
    products = write_work_products(store, tmp_path / "report")
    assert products.performance.credits == ()
    assert "Service credits" not in products.page.read_text(encoding="utf-8")
