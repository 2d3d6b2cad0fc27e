"""Outages out of the record of components, and the time for which services were promised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import CoveredService, Exclusion, Scope, Term
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.system import (
    COMPONENT_TABLE,
    Component,
    ComponentRegistered,
    ComponentState,
    ComponentStatus,
    change,
    fold_component,
    outages_of,
    service_times,
)
from svcdelivery.timeline import Instant, Interval, from_micros, to_micros
from tests.clock.worlds import agreement, local, target

OLGA = Actor.staff("olga")
START = local("2026-03-23T00:00")  # a Monday
HOUR = timedelta(hours=1)
WEEK = Interval(START, from_micros(to_micros(START) + 7 * 24 * 3_600_000_000))


def at(hours: float) -> Instant:
    return from_micros(to_micros(START) + round(hours * 3_600_000_000))


def component(*moves: tuple[float, str], **form: Any) -> tuple[Fact[Any], ...]:
    """The facts of one that was registered at the start, and moved so many hours later."""
    made = Component(**{"id": "mail", "services": ["email"], **form})
    entries: list[NewFact[Any]] = [NewFact(body=ComponentRegistered(made), actor=OLGA, occurred_at=START)]
    state = ComponentState(id=made.id)
    for hours, move in moves:
        body = change(state, move)
        entries.append(NewFact(body=body, actor=OLGA, occurred_at=at(hours)))
        state = ComponentState(id=made.id, status=COMPONENT_TABLE.target(state.status, move) or state.status)
    return history(f"component:{made.id}", entries)


UP = ((0, "start"), (1, "come_up"))


class TestOutages:
    def test_from_when_it_ran_no_more_until_it_ran_again(self) -> None:
        """Failed, stopped, started: one outage. Degraded it runs; stopped on purpose it does not."""
        told = component(
            *UP, (5, "fail"), (6, "stop"), (7, "go_down"), (8, "start"), (9, "come_up"), (10, "degrade"),
            (11, "recover"), (20, "stop"), (21, "go_down"), (22, "begin_maintenance"), (23, "end_maintenance"),
        )  # fmt: skip
        found = [(one.id, one.began_at, one.restored_at) for one in outages_of(told)]
        assert found == [("mail/1", at(5), at(9)), ("mail/2", at(20), None)]

    def test_before_it_first_came_up_it_was_not_down(self) -> None:
        assert outages_of(component((0, "start"), (1, "fail"), (2, "start"))) == ()

    @settings(max_examples=80)
    @given(st.lists(st.integers(0, 30), max_size=12), st.randoms(use_true_random=False))
    def test_it_is_down_exactly_while_it_neither_runs_nor_is_degraded(self, gaps: list[int], random: Any) -> None:
        """Held against the fold of the facts up to each hour."""
        moves, hours, status = [], 0, ComponentStatus.STOPPED
        for gap in gaps:
            move = random.choice(COMPONENT_TABLE.possible(status))
            hours += gap
            moves.append((float(hours), move))
            status = COMPONENT_TABLE.target(status, move) or status
        told = component(*moves)
        outages = outages_of(told)
        first = next((f.occurred_at for f in told if getattr(f.body, "status", "") in ("running", "degraded")), None)
        for hour in range(hours + 2):
            now = at(hour + 0.5)
            seen = [fact for fact in told if fact.occurred_at <= now]
            up = fold_component("mail", seen).status in (ComponentStatus.RUNNING, ComponentStatus.DEGRADED)
            down = any(one.began_at <= now and (one.restored_at is None or now < one.restored_at) for one in outages)
            assert down == (not up and first is not None and first <= now)


EMAIL = CoveredService(id="email", approved=Term(START))


class TestAgreedTime:
    def test_it_is_promised_while_targets_for_it_count(self) -> None:
        """Forty hours a week, an hour of which was before it came up; the outage at night takes nothing away."""
        promised = agreement(target(), services=(EMAIL,))
        told = component((0, "start"), (9, "come_up"), (18, "fail"), (20, "start"), (21, "come_up"))
        (found,) = service_times({"mail": told}, [promised], WEEK)
        assert (found.service, found.agreement) == ("email", promised.id)
        assert found.agreed.length == 39 * HOUR
        assert len(found.outages) == 1

    def test_a_target_without_hours_promises_it_round_the_clock(self) -> None:
        """And so does no agreement at all."""
        promised = agreement(target(), evolve(target("closure"), hours=None), services=(EMAIL,))
        (found,) = service_times({"mail": component(*UP)}, [promised], WEEK)
        assert found.agreed.length == 167 * HOUR
        (round_the_clock,) = service_times({"mail": component(*UP)}, [], WEEK)
        assert (round_the_clock.agreement, round_the_clock.agreed.length) == ("", 167 * HOUR)

    def test_what_its_targets_leave_out_is_cut_out(self) -> None:
        """Two hours of agreed maintenance on Tuesday; what speaks of another service, or of another cause, does not."""
        cut = [
            Exclusion(cause="maintenance", start=local("2026-03-24T09:00"), until=local("2026-03-24T11:00")),
            Exclusion(
                cause="maintenance", start=local("2026-03-25T09:00"), until=local("2026-03-25T11:00"), services=["vpn"]
            ),
            Exclusion(cause="force_majeure", start=local("2026-03-26T09:00"), until=local("2026-03-26T11:00")),
        ]
        services = (EMAIL, CoveredService(id="vpn"))
        promised = agreement(target(excludes=["maintenance"]), services=services, exclusions=tuple(cut))
        (found,) = service_times({"mail": component((0, "start"), (0, "come_up"))}, [promised], WEEK)
        assert (found.agreed.length, found.agreed.excluded) == (38 * HOUR, 2 * HOUR)

    def test_a_target_for_another_service_promises_nothing(self) -> None:
        """Nothing is said of its hours, so it is promised round the clock."""
        other = agreement(target(scope=Scope(services=["vpn"])), services=(EMAIL, CoveredService(id="vpn")))
        (found,) = service_times({"mail": component(*UP)}, [other], WEEK)
        assert found.agreed.length == 167 * HOUR

    def test_a_component_that_others_need_takes_their_services_along(self) -> None:
        """Also around a circle, which no report may stumble over."""
        disk = component(*UP, (30, "fail"), id="disk", services=[], depends_on=["mail"])
        mail = component(*UP, depends_on=["disk"])
        (found,) = service_times({"mail": mail, "disk": disk}, [], WEEK)
        assert [one.id for one in found.outages] == ["disk/1"]

    def test_one_that_never_came_up_says_nothing(self) -> None:
        assert service_times({"mail": component((0, "start"))}, [], WEEK) == ()

    def test_years_whose_closed_dates_are_not_known_are_not_promised(self) -> None:
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-17:00"]}, covered_years=(2020, 2025))
        promised = agreement(target(), services=(EMAIL,), hours=hours)
        (found,) = service_times({"mail": component(*UP)}, [promised], WEEK)
        assert found.agreed.length == timedelta(0)
