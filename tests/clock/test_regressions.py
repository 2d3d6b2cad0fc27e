"""Defects that users of other service desks reported in public, rebuilt here, each with the answer and why it is right.

A test is named after the repository and the number of the issue or pull request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import (
    AfterDue,
    AppliesToOpen,
    Backing,
    BeforeDue,
    Breached,
    DueWhilePaused,
    Elapsed,
    NoTarget,
    OnAmendment,
    PartyKind,
    Scope,
    ServiceAgreement,
    WithinWorkingDays,
)
from svcdelivery.clock import BreachExempted, ClockPhase, SpanKind, Verdict, compare, read_clocks
from svcdelivery.escalation import EscalationState, clock_views, timeline
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant
from svcdelivery.work import (
    Assigned,
    Audience,
    Cancelled,
    Closed,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Reopened,
    Resolved,
    Resumed,
    Started,
)
from tests.clock.worlds import ANN, HOUR, agreement, for_priority, incident, local, read, target, terms
from tests.escalation.worlds import frozen, level, policy

# March 2024: the 11th is a Monday. The office is open from eight to twelve and from one to five.
MON, TUE, WED, THU, FRI, SAT, SUN, NEXT_MON, NEXT_TUE = (f"2024-03-{day}" for day in range(11, 20))
ASSIGNED, STARTED, RESOLVED, CLOSED, RESUMED = Assigned(team="desk"), Started(), Resolved(), Closed(), Resumed()
CUSTOMER, SUPPLIER = PutOnHold(reason="customer"), PutOnHold(reason="supplier")
MESSAGE, MICROSECOND = MessagePosted(audience=Audience.REQUESTER), timedelta(microseconds=1)

PAUSES = {"pause_on": {"customer"}}


def on_hold(received: str, since: str, until: str | None = None, **rest: Any) -> tuple[Fact[Any], ...]:
    """An incident that was taken on at once and waited for the customer."""
    went_on = [(until, RESUMED)] if until else []
    return incident(received, (received, ASSIGNED), (received, STARTED), (since, CUSTOMER), *went_on, **rest)


def weekly(zone: str = "Europe/Berlin", **days: Any) -> ServiceHours:
    """Hours by day of the week, `mon_fri` for Monday to Friday."""
    return ServiceHours.weekly(zone, {day.replace("_", "-"): shifts for day, shifts in days.items()})


# -- pauses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "due"),
    [
        # 47029: from 16:00 to 10:00 of the next morning. Of 18 hours on the wall three were open (16-17 and 8-10), so
        # due moves from 9:00 by three open hours to 12:00, and not by 18 hours into Wednesday.
        pytest.param(f"{MON}T16:00", f"{TUE}T10:00", f"{TUE}T12:00", id="47029"),
        # 47172: into the evening. Of three and a half hours on the wall half an hour was open.
        pytest.param(f"{MON}T16:30", f"{MON}T20:00", f"{TUE}T09:30", id="47172"),
        # 47884: within the afternoon, when all of the hour was open.
        pytest.param(f"{MON}T14:30", f"{MON}T15:30", f"{TUE}T10:00", id="47884"),
        # 49414: off-hours were counted twice, in the hold and as closed time. A night on hold takes no open time.
        pytest.param(f"{MON}T17:00", f"{TUE}T08:00", f"{TUE}T09:00", id="49414"),
        # 52489: begun and ended while closed: nothing moves.
        pytest.param(f"{MON}T18:00", f"{MON}T23:00", f"{TUE}T09:00", id="52489"),
    ],
)
def test_frappe_erpnext_hold_time_is_open_time_and_not_time_on_the_wall(since: str, until: str, due: str) -> None:
    """Four office hours from Monday 14:00 end on Tuesday at 9:00, later by what a hold takes of the office hours."""
    reading = read(agreement(target(hours=4, **PAUSES)), on_hold(f"{MON}T14:00", since, until), f"{TUE}T15:00")
    assert reading.due_at == local(due)


def test_frappe_helpdesk_1675_a_pause_moves_the_due_time_from_where_it_was() -> None:
    """Due at twelve, an hour on hold: lunch is closed until one, so the hour that is left of the goal ends at two."""
    reading = read(
        agreement(target(hours=4, **PAUSES)), on_hold(f"{MON}T08:00", f"{MON}T10:00", f"{MON}T11:00"), f"{MON}T11:30"
    )
    assert reading.due_at == local(f"{MON}T14:00")


def test_frappe_helpdesk_1554_a_clock_that_is_paused_does_not_tick() -> None:
    """Two hours were used when it was put on hold, and two hours they are at any instant of the hold."""
    facts = on_hold(f"{MON}T08:00", f"{MON}T10:00")
    for now in (f"{MON}T10:00", f"{MON}T11:30", f"{MON}T16:59", f"{WED}T09:00"):
        reading = read(agreement(target(hours=4, **PAUSES)), facts, now)
        assert (reading.phase, reading.elapsed, reading.verdict) == (ClockPhase.PAUSED, 2 * HOUR, Verdict.OPEN)


@pytest.mark.parametrize("received", [f"{SAT}T10:00", f"{SUN}T23:00", f"{FRI}T17:00"])
def test_frappe_helpdesk_2449_received_on_a_closed_day_it_counts_from_the_next_opening(received: str) -> None:
    """Wherever in the weekend, Monday's opening is where the four hours begin; the hold of an hour comes on top."""
    facts = incident(received, (received, ASSIGNED), (f"{NEXT_MON}T09:00", CUSTOMER), (f"{NEXT_MON}T10:00", RESUMED))
    reading = read(agreement(target(hours=4, **PAUSES)), facts, f"{NEXT_MON}T11:00")
    assert reading.due_at == local(f"{NEXT_MON}T14:00")


def test_frappe_helpdesk_2449_a_holiday_list_edited_later_leaves_old_verdicts_alone() -> None:
    """Tuesday becomes a holiday a week later, with new terms: what was breached on Tuesday stays breached."""
    first = terms(target(hours=8))
    closed = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]}, closed=[TUE])
    edited = terms(target(hours=8), hours=closed, number=2, effective_at=local(f"{NEXT_MON}T00:00"))
    facts = incident(f"{MON}T12:00", (f"{TUE}T08:00", ASSIGNED), (f"{TUE}T08:00", STARTED), (f"{TUE}T16:00", RESOLVED))
    before = read(ServiceAgreement.of(first), facts, f"{NEXT_TUE}T12:00")
    assert before.verdict is Verdict.BREACHED
    assert read(ServiceAgreement.of(first, edited), facts, f"{NEXT_TUE}T12:00") == before


@pytest.mark.parametrize("number", [10594, 9082])
def test_glpi_days_and_pauses_end_within_opening_hours(number: int) -> None:
    """10594: a weekend on hold costs a goal of days nothing; 9082: resumed at night, due lies in the opening hours."""
    if number == 10594:
        # Two working days from Thursday noon are Monday noon; of Friday 16:00 to Monday 9:00 two hours were open.
        promise = agreement(target(goal=WithinWorkingDays(2), **PAUSES))
        facts = on_hold(f"{THU}T11:00", f"{FRI}T16:00", f"{NEXT_MON}T09:00")
        assert read(promise, facts, f"{NEXT_MON}T10:00").due_at == local(f"{NEXT_MON}T14:00")
    else:
        facts = on_hold(f"{MON}T15:00", f"{MON}T16:00", f"{MON}T22:00")
        reading = read(agreement(target(hours=4, **PAUSES)), facts, f"{MON}T22:30")
        # One hour was used; three from Tuesday's opening.
        assert reading.due_at == local(f"{TUE}T11:00")


@pytest.mark.parametrize("number", [6902, 15605])
def test_glpi_a_change_of_urgency_keeps_the_pause_that_was_earned(number: int) -> None:
    """6902: a slower target after the change; 15605: a faster one. The hour on hold counts for either."""
    change = "P3" if number == 6902 else "P1"
    promise = agreement(
        target(name="slow", hours=6, scope=for_priority("P3"), **PAUSES),
        target(name="fast", hours=3, scope=for_priority("P1"), **PAUSES),
    )
    facts = incident(
        f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T09:00", CUSTOMER), (f"{MON}T10:00", RESUMED),
        (f"{MON}T10:30", PriorityChanged(priority=change)), priority="P1" if change == "P3" else "P3",
    )  # fmt: skip
    # From eight: six hours, an hour on hold and lunch end at four; three hours and the hour on hold end at twelve.
    expected = {"P3": f"{MON}T16:00", "P1": f"{MON}T12:00"}[change]
    assert read(promise, facts, f"{MON}T10:45").due_at == local(expected)


def test_glpi_24481_what_is_pending_is_not_shown_as_violated() -> None:
    """Due by the calendar an hour ago, but on hold since: half of the time is left, and nothing is late."""
    facts = on_hold(f"{MON}T08:00", f"{MON}T10:00")
    for rule in DueWhilePaused:
        promise = agreement(target(hours=4, due_while_paused=rule, **PAUSES))
        reading = read(promise, facts, f"{MON}T13:00")
        assert (reading.verdict, reading.remaining, reading.breached_at) == (Verdict.OPEN, 2 * HOUR, None)


def test_glpi_23359_time_after_the_solution_is_no_pause_of_the_customer() -> None:
    """Solved at ten and reopened at two: the explanation names what stopped the clock, and no hold."""
    facts = incident(
        f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", STARTED), (f"{MON}T10:00", RESOLVED),
        (f"{MON}T14:00", Reopened(ground="again")),
    )  # fmt: skip
    reading = read(agreement(target(hours=4, **PAUSES)), facts, f"{MON}T15:00")
    (pause,) = [span for span in reading.explanation.spans if span.kind is SpanKind.PAUSED]
    assert (pause.start, pause.end, pause.reason) == (
        local(f"{MON}T10:00"), local(f"{MON}T14:00"), "was done until reopened",
    )  # fmt: skip
    # Two hours before, two more from two o'clock.
    assert reading.due_at == local(f"{MON}T16:00")


def test_glpi_9267_closed_time_before_a_reopening_is_not_counted() -> None:
    """Solved on Monday, reopened on Wednesday: two open days lie between, and none of them is the provider's."""
    facts = incident(
        f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", STARTED), (f"{MON}T09:00", RESOLVED),
        (f"{MON}T10:00", CLOSED), (f"{WED}T08:00", Reopened(ground="again")),
    )  # fmt: skip
    reading = read(agreement(target(hours=4)), facts, f"{WED}T09:00")
    assert (reading.elapsed, reading.due_at) == (2 * HOUR, local(f"{WED}T11:00"))


@pytest.mark.parametrize("number", [16236, 17186])
def test_glpi_why_the_due_time_moved_can_be_read(number: int) -> None:
    """The hold, who caused it and how far it moved the due time stand in the explanation and in its comparison."""
    promise = agreement(target(hours=4, **PAUSES))
    before = read(promise, on_hold(f"{MON}T08:00", f"{MON}T10:00")[:3], f"{MON}T09:00")
    after = read(promise, on_hold(f"{MON}T08:00", f"{MON}T10:00", f"{MON}T11:00"), f"{MON}T11:30")
    if number == 16236:
        assert "on hold: customer (staff:bob)" in str(after.explanation)
    else:
        # The calendar moves it by two hours, of which one is lunch.
        moved = compare(before.explanation, after.explanation)
        assert "2:00:00" in str(moved)
        assert "customer" in str(moved)


def test_osticket_3034_a_status_may_pause_a_clock() -> None:
    """Waiting for the customer stops the clock where the target says so, waiting for the supplier does not."""
    for hold, due in ((CUSTOMER, f"{MON}T14:00"), (SUPPLIER, f"{MON}T12:00")):
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T09:00", hold), (f"{MON}T10:00", RESUMED))
        assert read(agreement(target(hours=4, **PAUSES)), facts, f"{MON}T10:30").due_at == local(due)


def test_linear_1103_time_that_waits_for_others_is_left_out_and_named() -> None:
    """A day on hold is no day of work; who put it on hold stands beside it."""
    reading = read(
        agreement(target(hours=8, **PAUSES)), on_hold(f"{MON}T08:00", f"{MON}T09:00", f"{TUE}T09:00"), f"{TUE}T10:00"
    )
    assert reading.elapsed == 2 * HOUR
    assert {span.actor for span in reading.explanation.spans if span.kind is SpanKind.PAUSED} == {"staff:bob"}


@pytest.mark.parametrize("ref", ["django_crm_590", "nmi_agro_fdm_604"])
def test_warnings_at_a_share_pauses_and_reopening_work_together(ref: str) -> None:
    """MicroPyramid/Django-CRM 590 asks for a warning at 80 %, nmi-agro/fdm 604 that pause and reopening move it."""
    promise = agreement(target(hours=5, **PAUSES))
    page = frozen(policy(level("person:a"), when=Elapsed(target="resolution", percent=80)))
    if ref == "django_crm_590":
        facts, expected = incident(f"{MON}T08:00"), f"{MON}T12:00"  # four of five hours
    else:
        facts = (*on_hold(f"{MON}T08:00", f"{MON}T09:00", f"{MON}T11:00"),)
        expected = f"{MON}T15:00"  # an hour before the hold, one until lunch, two after it
    state = EscalationState.of(facts[0].stream, facts, policy="page", clocks=clock_views(promise, facts))
    found = [firing.due_at for firing in timeline(state, page, local(f"{TUE}T12:00"))]
    # Four of five hours end exactly at the lunch break: used up at its beginning.
    assert found == [local(expected)]


# -- service hours -----------------------------------------------------------------------------------------------------


def test_zammad_3180_no_minute_is_lost_at_midnight() -> None:
    """Round the clock, ten days are ten days."""
    hours = ServiceHours.always("Europe/Berlin")
    reading = read(agreement(target(hours=240), hours=hours), incident(f"{MON}T08:00"), f"{MON}T08:00")
    assert reading.due_at == local("2024-03-21T08:00")


def test_zammad_1002_each_customer_has_hours_of_their_own_zone() -> None:
    """Nine o'clock in New York is where a New York customer's day begins; no SLA is copied for it."""
    for zone, due in (("Europe/Berlin", f"{MON}T10:00"), ("America/New_York", f"{MON}T15:00")):
        # Until the end of March New York is five hours behind Berlin.
        promise = agreement(target(hours=1), hours=weekly(zone, mon_fri="09:00-17:00"))
        assert read(promise, incident(f"{MON}T07:00"), f"{MON}T07:00").due_at == local(due)


def test_deskdirector_uservoice_644_the_place_of_the_customer_decides_and_not_that_of_the_server() -> None:
    """Both sides have to be at work: from three o'clock in Berlin on, when New York opens, to five."""
    both = weekly(mon_fri="09:00-17:00") & weekly("America/New_York", mon_fri="09:00-17:00")
    assert both.add(local(f"{MON}T08:00"), HOUR) == local(f"{MON}T15:00")


def test_frappe_erpnext_38745_hours_have_a_zone_whatever_the_site_has() -> None:
    """An instant is an instant: written in the zone of the site it gives the same due time."""
    promise = agreement(target(hours=1), hours=weekly("Asia/Kolkata", mon_fri="09:00-18:00"))
    received = local(f"{MON}T03:00", "UTC")
    assert read(promise, incident(received), received).due_at == local(f"{MON}T10:00", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("hours", "received", "goal", "due"),
    [
        # Three hours from ten: the lunch break from twelve to one is not theirs.
        pytest.param(
            {"mon_fri": ["09:00-12:00", "13:00-17:00"]}, f"{MON}T10:00", 3, f"{MON}T14:00", id="frappe_helpdesk_2212"
        ),
        pytest.param(
            {"mon_fri": ["09:00-12:00", "13:00-17:00"]}, f"{MON}T11:59", 1, f"{MON}T13:59", id="frappe_erpnext_1528"
        ),
        pytest.param(
            {"mon_fri": ["08:00-12:00", "14:00-18:00"]}, f"{MON}T11:00", 2, f"{MON}T15:00", id="chatwoot_14009"
        ),
        # Past midnight a shift belongs to the date it opens on: from 23:00 one hour to midnight, one after it.
        pytest.param({"mon_fri": "22:00-06:00"}, f"{MON}T23:00", 2, f"{TUE}T01:00", id="chatwoot_5254"),
        pytest.param({"fri": "22:00-06:00"}, f"{FRI}T20:00", 8, f"{SAT}T06:00", id="chatwoot_6733"),
        pytest.param({"mon": "18:00-02:00"}, f"{TUE}T01:00", 2, f"{NEXT_MON}T19:00", id="bokmann_business_time_227"),
        pytest.param(
            {"mon_sun": "20:00-04:00"}, f"{MON}T05:00", 9, f"{TUE}T21:00", id="lennym_moment_business_time_34"
        ),
        # Business hours were not looked at at all: received on Friday evening, four hours end on Monday at one o'clock.
        pytest.param({"mon_fri": "09:00-17:00"}, f"{FRI}T18:00", 4, f"{NEXT_MON}T13:00", id="chatwoot_13392"),
        # Open on Tuesdays and Thursdays alone: Monday, Wednesday and Friday are not there.
        pytest.param({"tue,thu": "09:00-17:00"}, f"{MON}T12:00", 12, f"{THU}T13:00", id="osticket_6739"),
        pytest.param({"mon_fri": "09:00-17:00"}, f"{FRI}T16:00", 2, f"{NEXT_MON}T10:00", id="osticket_1168"),
        pytest.param({"mon_fri": "09:00-17:00"}, f"{SAT}T12:00", 1, f"{NEXT_MON}T10:00", id="osticket_2131"),
    ],
)
def test_service_hours_are_counted_as_they_are_written(hours: Any, received: str, goal: float, due: str) -> None:
    """Breaks, several shifts, shifts past midnight, single days, weekends."""
    promise = agreement(target(hours=goal), hours=weekly(**hours))
    assert read(promise, incident(received), received).due_at == local(due)


def test_osticket_6847_a_lunch_break_given_as_a_part_of_a_holiday_is_cut_out() -> None:
    """From nine to five without twelve to one on that date; the date after has no break."""
    hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00"}, closed_parts={MON: "12:00-13:00"})
    promise = agreement(target(hours=8), hours=hours)
    assert read(promise, incident(f"{MON}T09:00"), f"{MON}T09:00").due_at == local(f"{TUE}T10:00")
    assert read(promise, incident(f"{TUE}T09:00"), f"{TUE}T09:00").due_at == local(f"{TUE}T17:00")


def test_osticket_4166_whose_hours_count_is_said_and_shown() -> None:
    """Holidays of the customer's place are closed dates of the hours the target names; the explanation names them."""
    hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00"}, closed=[TUE])
    reading = read(agreement(target(hours=12), hours=hours), incident(f"{MON}T09:00"), f"{WED}T10:00")
    assert reading.due_at == local(f"{WED}T13:00")
    assert "outside office" in str(reading.explanation)


def test_zendesk_biz_122_a_short_day_before_a_holiday_is_short() -> None:
    """Tuesday closes at noon and Wednesday is closed: six hours from Tuesday nine end on Thursday at twelve."""
    hours = ServiceHours.weekly(
        "Europe/Berlin", {"mon-fri": "09:00-17:00"}, replaced={TUE: "09:00-12:00"}, closed=[WED]
    )
    assert read(agreement(target(hours=6), hours=hours), incident(f"{TUE}T09:00"), f"{TUE}T09:00").due_at == local(
        f"{THU}T12:00"
    )


@pytest.mark.parametrize("number", [73, 74])
def test_zendesk_biz_a_day_is_a_date_with_open_time(number: int) -> None:
    """73: a working day after Monday eleven is Tuesday eleven, not so many hours; 74: after Friday it is Monday."""
    received, due = (f"{MON}T11:00", f"{TUE}T11:00") if number == 73 else (f"{FRI}T11:00", f"{NEXT_MON}T11:00")
    assert read(agreement(target(goal=WithinWorkingDays(1))), incident(received), received).due_at == local(due)


@pytest.mark.parametrize(
    ("ref", "zone", "received", "goal", "due"),
    [
        # Business hours stay at nine on the wall whatever the clocks did over the weekend.
        ("azure_devops_docs_8675", "Europe/Berlin", "2024-03-29T16:00", 2, "2024-04-01T10:00"),
        ("dbt_zendesk_25", "America/New_York", "2024-03-08T16:00", 2, "2024-03-11T10:00"),
        ("dbt_zendesk_92", "America/New_York", "2024-11-01T16:00", 2, "2024-11-04T10:00"),
    ],
)
def test_business_hours_follow_the_wall_over_a_change_of_clocks(
    ref: str, zone: str, received: str, goal: int, due: str
) -> None:
    """MicrosoftDocs/azure-devops-docs 8675, fivetran/dbt_zendesk 25 and 92."""
    promise = agreement(target(hours=goal), hours=weekly(zone, mon_fri="09:00-17:00"))
    start = local(received, zone)
    assert read(promise, incident(start), start).due_at == local(due, zone), ref


def test_fivetran_dbt_zendesk_116_holidays_do_not_count() -> None:
    """Christmas on a Monday: due on Tuesday."""
    hours = ServiceHours.weekly("America/New_York", {"mon-fri": "09:00-17:00"}, closed_yearly=["12-25"])
    start = local("2023-12-22T16:00", "America/New_York")
    assert read(agreement(target(hours=2), hours=hours), incident(start), start).due_at == local(
        "2023-12-26T10:00", "America/New_York"
    )


def test_fivetran_dbt_zendesk_274_the_breach_is_the_instant_and_an_exempted_one_is_known_as_such() -> None:
    """A microsecond after due it is breached, at due; excused, it says by whom."""
    promise = agreement(target(hours=4))
    due = local(f"{MON}T12:00")
    late = read(promise, incident(f"{MON}T08:00"), due + MICROSECOND)
    assert (late.verdict, late.breached_at) == (Verdict.BREACHED, due)
    excused = (f"{MON}T16:00", BreachExempted(target="resolution", ground="agreed"), Actor.customer("acme"))
    assert read(promise, incident(f"{MON}T08:00", excused), f"{MON}T17:00").exempted_by == "customer:acme: agreed"


@pytest.mark.parametrize("number", [63, 65])
def test_zendesk_biz_many_holidays_cost_nothing_a_question(number: int) -> None:
    """A year is compiled once, with 100 (63) or 1,000 (65) holidays; a thousand questions compile nothing more."""
    compiled = []

    class Counted(ServiceHours):
        def compile_year(self, year: int) -> Any:
            compiled.append(year)
            return super().compile_year(year)

    many = 100 if number == 63 else 1_000
    closed = [(datetime(2020, 1, 1) + timedelta(days=2 * day)).date() for day in range(many)]
    hours = Counted("Europe/Berlin", {"mon-fri": "09:00-17:00"}, closed=closed)
    start = local(f"{MON}T08:00")
    for minute in range(1_000):
        hours.add(start + timedelta(minutes=minute), HOUR)
    assert len(compiled) == len(set(compiled)) <= 2


# -- which promise -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [534, 4353, 5624])
def test_zammad_new_terms_are_obeyed_where_they_say_so(number: int) -> None:
    """534: a changed calendar; 4353: a target switched off; 5624: another target after work was moved."""
    first = terms(target(hours=8))
    open_ones = {
        "number": 2,
        "effective_at": local(f"{MON}T10:00"),
        "applies_to_open": AppliesToOpen(OnAmendment.CARRY),
    }
    facts = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), priority="P3")
    if number == 534:
        # Two hours were used by ten; from then on Monday is closed from noon, and four hours are left on Tuesday.
        short = weekly(mon="08:00-12:00", tue_fri=["08:00-12:00", "13:00-17:00"])
        changed = ServiceAgreement.of(first, terms(target(hours=8), hours=short, **open_ones))
        assert read(changed, facts, f"{MON}T11:00").due_at == local(f"{TUE}T12:00")
    elif number == 4353:
        off = ServiceAgreement.of(first, terms(target(goal=NoTarget()), **open_ones))
        readings = read_clocks(off, facts, local(f"{TUE}T12:00"))
        assert not [reading for reading in readings if reading.is_open or reading.verdict is Verdict.BREACHED]
    else:
        promise = agreement(target(hours=8), target(name="urgent", hours=2, scope=for_priority("P1")))
        moved = (*facts, *incident(f"{MON}T08:00", (f"{MON}T09:00", PriorityChanged(priority="P1")))[1:])
        reading = read(
            promise,
            incident(f"{MON}T08:00", *[(f.occurred_at, f.body) for f in moved[1:]], priority="P3"),
            f"{MON}T09:30",
        )
        assert (reading.target, reading.due_at) == ("urgent", local(f"{MON}T10:00"))


def test_servicenow_kb0869748_a_definition_in_use_may_be_changed_without_mixing_old_and_new() -> None:
    """Every span of the reading names the revision it was counted under, and together they are the elapsed time."""
    first = terms(target(hours=8, **PAUSES))
    second = terms(
        target(hours=4), number=2, effective_at=local(f"{MON}T10:00"), applies_to_open=AppliesToOpen(OnAmendment.CARRY)
    )
    reading = read(
        ServiceAgreement.of(first, second), incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED)), f"{MON}T11:00"
    )
    assert reading.explanation.counted == reading.elapsed == 3 * HOUR
    assert {span.revision for span in reading.explanation.spans} == {"acme-1 revision 1", "acme-1 revision 2"}


def test_frappe_helpdesk_1598_no_promise_can_be_said() -> None:
    """Instead of a target of a year: work for which nothing is promised has no clock, and is never late."""
    promise = agreement(target(hours=4), target(name="never", goal=NoTarget(), scope=for_priority("P3")))
    assert read_clocks(promise, incident(f"{MON}T08:00", priority="P3"), local("2025-06-01T12:00")) == ()
    assert len(read_clocks(promise, incident(f"{MON}T08:00", priority="P1"), local(f"{MON}T12:00"))) == 1


def test_frappe_helpdesk_3235_which_target_applies_and_which_did_not_can_be_seen() -> None:
    """The explanation names both."""
    promise = agreement(target(name="general", hours=8), target(name="urgent", hours=2, scope=Scope(priorities={"P1"})))
    told = str(read(promise, incident(f"{MON}T08:00", priority="P1"), f"{MON}T09:00").explanation)
    assert "urgent" in told
    assert "general" in told


# -- teams and measures ------------------------------------------------------------------------------------------------

NETWORK = Backing(party=PartyKind.TEAM, name="network", supports={"resolution"})


def test_glpi_1911_the_next_team_has_the_time_that_was_agreed_with_it() -> None:
    """Given the work when the customer's clock is used up, it has its own two hours from then."""
    promise = agreement(target(hours=4), target("team_time:network", hours=2, backing=NETWORK))
    facts = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T13:00", Assigned(team="network")))
    assert read(promise, facts, f"{MON}T14:00").verdict is Verdict.BREACHED
    team = read(promise, facts, f"{MON}T14:00", "team_time:network")
    assert (team.verdict, team.due_at) == (Verdict.OPEN, local(f"{MON}T15:00"))


def test_glpi_14423_an_assignment_within_the_team_does_not_restart_its_clock() -> None:
    """Another person of the same team goes on where the first one was."""
    promise = agreement(target(hours=8), target("team_time:network", hours=2, backing=NETWORK))
    facts = incident(
        f"{MON}T08:00", (f"{MON}T09:00", Assigned(team="network")),
        (f"{MON}T10:30", Assigned(team="network", assignee="eve")), (f"{MON}T10:40", PriorityChanged(priority="P1")),
    )  # fmt: skip
    team = read(promise, facts, f"{MON}T10:45", "team_time:network")
    assert (team.started_at, team.due_at) == (local(f"{MON}T09:00"), local(f"{MON}T11:00"))


def test_frappe_helpdesk_1895_each_team_answers_for_its_own_time() -> None:
    """Three hours with the first, one with the second: the one that had it last is not charged with all."""
    teams = [target(f"team_time:{name}", hours=8, backing=evolve(NETWORK, name=name)) for name in ("network", "field")]
    facts = incident(
        f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="network")), (f"{MON}T11:00", Assigned(team="field"))
    )
    promise = agreement(target(hours=4), *teams)
    used = [read(promise, facts, f"{MON}T12:00", f"team_time:{name}").elapsed for name in ("network", "field")]
    assert used == [3 * HOUR, HOUR]


@pytest.mark.parametrize("number", [3140, 5177])
def test_zammad_the_update_clock_does_not_run_against_the_customer(number: int) -> None:
    """3140: the customer's own words start no duty to update; 5177: it does not replace the first response."""
    promise = agreement(target("first_response", hours=4), target("periodic_update", hours=1))
    facts = incident(f"{MON}T08:00", (f"{MON}T08:30", MESSAGE, ANN), (f"{MON}T09:00", MESSAGE, ANN))
    update = read(promise, facts, f"{MON}T11:30", "periodic_update")
    first = read(promise, facts, f"{MON}T11:30", "first_response")
    if number == 3140:
        assert (update.phase, update.due_at) == (ClockPhase.WAITING, None)
    else:
        assert (first.phase, first.due_at) == (ClockPhase.RUNNING, local(f"{MON}T12:00"))


def test_chatwoot_10178_the_next_reply_is_not_owed_once_the_work_is_resolved() -> None:
    """The question was open at the resolution, and is judged there."""
    facts = incident(
        f"{MON}T08:00", (f"{MON}T09:00", MESSAGE, ANN), (f"{MON}T09:00", ASSIGNED), (f"{MON}T09:00", STARTED),
        (f"{MON}T10:00", RESOLVED),
    )  # fmt: skip
    reading = read(agreement(target("next_response", hours=2)), facts, f"{TUE}T12:00", "next_response")
    assert (reading.phase, reading.verdict, reading.elapsed) == (ClockPhase.STOPPED, Verdict.MET, HOUR)


def test_zammad_2579_a_closed_item_still_says_how_long_it_took() -> None:
    """Resolved and closed, its due time, elapsed time and verdict stay."""
    facts = incident(
        f"{MON}T08:00",
        (f"{MON}T08:00", ASSIGNED),
        (f"{MON}T08:00", STARTED),
        (f"{MON}T11:00", RESOLVED),
        (f"{MON}T16:00", CLOSED),
    )
    reading = read(agreement(target(hours=4)), facts, f"{NEXT_TUE}T12:00")
    assert (reading.elapsed, reading.due_at, reading.verdict) == (3 * HOUR, local(f"{MON}T12:00"), Verdict.MET)


def test_osticket_4078_after_it_was_overdue_the_promise_is_still_known() -> None:
    """A week later: due when it was due, and overdue by the open time since."""
    reading = read(agreement(target(hours=4)), incident(f"{MON}T08:00"), f"{NEXT_MON}T12:00")
    assert (reading.due_at, reading.overdue) == (local(f"{MON}T12:00"), timedelta(hours=4 + 4 * 8 + 4))


def test_zammad_904_what_was_merged_away_escalates_no_more() -> None:
    """Cancelled as a duplicate before it was due, nobody is woken."""
    facts = incident(f"{MON}T08:00", (f"{MON}T10:00", Cancelled(ground="merged")))
    assert woken(facts, Breached(target="resolution")) == []


# -- escalation --------------------------------------------------------------------------------------------------------


def woken(facts: tuple[Fact[Any], ...], when: Any, promise: ServiceAgreement | None = None) -> list[Instant]:
    """Answer when somebody is told."""
    promise = promise or agreement(target(hours=4, **PAUSES))
    state = EscalationState.of(facts[0].stream, facts, policy="page", clocks=clock_views(promise, facts))
    found = timeline(state, frozen(policy(level("person:a"), when=when)), local(f"{NEXT_TUE}T12:00"))
    return [firing.due_at for firing in found]


def test_glpi_22678_an_hour_before_due_on_a_split_day_is_within_it() -> None:
    """Due at half past one, after lunch: an open hour before is half past eleven, not midnight."""
    assert woken(incident(f"{MON}T08:30"), BeforeDue(target="resolution", by=HOUR)) == [local(f"{MON}T11:30")]


@pytest.mark.parametrize("number", [15357, 14427, 15415])
def test_glpi_levels_follow_due_as_it_is(number: int) -> None:
    """15357: a weekend between; 14427: after a pause; 15415: another target took over, and the old one wakes nobody."""
    if number == 15357:
        assert woken(incident(f"{FRI}T16:00"), AfterDue(target="resolution", by=HOUR)) == [local(f"{NEXT_MON}T12:00")]
    elif number == 14427:
        facts = on_hold(f"{MON}T08:00", f"{MON}T09:00", f"{MON}T11:00")
        assert woken(facts, BeforeDue(target="resolution", by=HOUR)) == [local(f"{MON}T14:00")]
    else:
        promise = agreement(target(name="resolution", hours=4, scope=for_priority("P1")), target(name="slow", hours=8))
        facts = incident(f"{MON}T08:00", (f"{MON}T09:00", PriorityChanged(priority="P3")), priority="P1")
        assert woken(facts, Breached(target="resolution"), promise) == []


@pytest.mark.parametrize("ref", ["chatwoot_6889", "objectstack_1310"])
def test_a_breach_and_what_nearly_is_one_wake_somebody(ref: str) -> None:
    """chatwoot/chatwoot 6889 asks for the breach, objectstack-ai/objectstack 1310 for the time before it."""
    if ref == "chatwoot_6889":
        assert woken(incident(f"{MON}T08:00"), Breached(target="resolution")) == [local(f"{MON}T12:00") + MICROSECOND]
    else:
        assert woken(incident(f"{MON}T08:00"), Elapsed(target="resolution", percent=75)) == [local(f"{MON}T11:00")]


def test_zammad_192_reopening_old_work_costs_no_more_than_its_facts() -> None:
    """Five years old and reopened: read from its handful of facts, with the years between compiled once."""
    received = local("2019-03-11T08:00")
    facts = incident(
        received, (received, ASSIGNED), (received, STARTED), ("2019-03-11T10:00", RESOLVED),
        (f"{MON}T08:00", Reopened(ground="again")),
    )  # fmt: skip
    reading = read(agreement(target(hours=4)), facts, f"{MON}T09:00")
    assert (reading.elapsed, reading.due_at) == (3 * HOUR, local(f"{MON}T10:00"))
    assert len(reading.explanation.spans) <= 4
