"""The fit on small logs: the goal that separates best, and cases that cannot be judged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from attrs import evolve

from examples.fit_agreement import Case, fit_goals, fit_log, report
from svcdelivery.exchange.log import read_log
from tests.exchange.logs import PROFILE, log_file


def case(hours: int, *, met: bool) -> Case:
    return Case(
        id="I-2", number=2, priority="P1", elapsed=timedelta(hours=hours), said_met=met, reopened=0, facts=()
    )  # fmt: skip


class TestGoals:
    def test_the_goal_lies_at_the_longest_time_that_was_met(self) -> None:
        """Where a goal separates all, it is the tightest one that does."""
        assert fit_goals([case(1, met=True), case(3, met=True), case(4, met=False)]) == {"P1": timedelta(hours=3)}

    def test_most_cases_decide(self) -> None:
        """One slow case that passed does not move the goal over many that failed."""
        cases = [case(1, met=True), case(2, met=False), case(3, met=False), case(9, met=True)]
        assert fit_goals(cases) == {"P1": timedelta(hours=1)}

    def test_no_goal_lies_within_one_time(self) -> None:
        """Equal times cannot be told apart."""
        cases = [case(2, met=True), case(2, met=False), case(2, met=False)]
        assert fit_goals(cases) == {"P1": timedelta(0)}


class TestLogs:
    def test_a_small_log_is_fitted_and_judged(self, tmp_path: Path) -> None:
        """Even items teach, odd ones are judged by clocks over weekdays; Friday to Monday is one day."""
        rows = [
            row
            for number, met in ((2, "true"), (3, "false"), (5, "true"), (7, "?"))
            for row in (
                f"I-{number},6/3/2026 08:00,6/3/2026 08:00,0,New,P3,?,?,true",
                f"I-{number},6/3/2026 08:00,9/3/2026 08:00,1,Closed,P3,?,?,{met}",
            )
        ]
        open_one = "I-9,6/3/2026 08:00,6/3/2026 08:00,0,New,P3,?,?,true"
        fit = fit_log(read_log(log_file(tmp_path, *rows, open_one), evolve(PROFILE, times="%d/%m/%Y %H:%M")), "note")
        assert fit.goals == {"P3": timedelta(days=1)}
        assert [(one.case.id, one.agrees) for one in fit.judged] == [("I-3", False), ("I-5", True)]
        assert fit.left_out == {"not closed": 1, "no `true` or `false` in `note`": 1}
        assert any("in time by the clock, failed by the log" in line for line in report(fit))
