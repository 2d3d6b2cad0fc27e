"""Which closure agreement did a service desk work to? Fitted on one half of its log, judged on the other.

Many logs tell whether each incident met its agreement and not what the agreement was. This program looks at the
incidents with even numbers and finds, for each priority, the goal in service time that best separates those said to
have met it from those that failed. It writes the goals down as a real agreement, reads the clocks of the incidents
with odd numbers against it, and lists every incident on which clock and log disagree.

    python examples/fit_agreement.py incident_event_log.csv.gz --profile servicenow --outcome made_sla
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from fractions import Fraction
from functools import cache

from attrs import evolve, field, frozen

from svcdelivery.agreement import (
    AgreementRevision,
    NamedHours,
    PriorityScheme,
    Scope,
    ServiceAgreement,
    ServiceLevelTarget,
    Term,
    Within,
)
from svcdelivery.clock import Verdict, read_clocks, shown_duration
from svcdelivery.exchange.log import read_log
from svcdelivery.exchange.profile import load_profile
from svcdelivery.facts import Fact, history
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, parse_instant
from svcdelivery.work import ImportedItem, Observed, kind_named, observed_rows

__all__ = ["Case", "Disagreement", "Fit", "Judged", "case_of", "fit_goals", "fit_log", "fitted_agreement", "judge"]

WEEKDAYS = ServiceHours("Etc/UTC", {"mon-fri": ("00:00-24:00",)})
"""Monday to Friday, all day."""

BEGINNING = parse_instant("2000-01-01T00:00:00Z")
MET, FAILED = "true", "false"


@frozen(kw_only=True)
class Case:
    """One incident of the log.

    Attributes:
        number: The digits of its id; even ones teach, odd ones judge.
        priority: As it was when the incident was last closed.
        elapsed: Service time from receipt to the last closing, without the time it lay closed before a reopening.
        said_met: What the log's outcome column says in the end.
        reopened: How often it was taken up again after it was closed.
    """

    id: str
    number: int
    priority: str
    elapsed: timedelta
    said_met: bool
    reopened: int
    facts: tuple[Fact[Observed], ...] = field(repr=False, eq=False)


@frozen(kw_only=True)
class Judged:
    """One incident as the fitted agreement judges it."""

    case: Case
    goal: timedelta
    verdict: Verdict

    @property
    def agrees(self) -> bool:
        """Whether clock and log say the same."""
        return self.verdict is (Verdict.MET if self.case.said_met else Verdict.BREACHED)

    @property
    def reason(self) -> str:
        """In what way they disagree."""
        met = self.verdict is Verdict.MET
        said = "in time by the clock, failed by the log" if met else "late by the clock, met by the log"
        return f"{said}, closed more than once" if self.case.reopened else said


Disagreement = Judged


@frozen(kw_only=True)
class Fit:
    """What came out.

    Attributes:
        goals: The fitted goal of each priority, in service time.
        taught: How many incidents the goals were fitted on.
        judged: The incidents they were tried on.
        left_out: Incidents without a verdict to compare, each with its reason.
    """

    agreement: ServiceAgreement
    goals: Mapping[str, timedelta]
    taught: int
    judged: tuple[Judged, ...]
    left_out: Mapping[str, int]

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """The judged incidents on which clock and log differ."""
        return tuple(one for one in self.judged if not one.agrees)

    @property
    def share(self) -> Fraction:
        """The share of the judged incidents on which they agree."""
        return Fraction(sum(one.agrees for one in self.judged), len(self.judged))


def fitted_agreement(goals: Mapping[str, timedelta], hours: ServiceHours = WEEKDAYS) -> ServiceAgreement:
    """Answer an agreement with one closure target a priority, counted in open time of the hours."""
    ranked = tuple(sorted(goals))
    targets = tuple(
        ServiceLevelTarget(
            name=f"closure of {priority}",
            measure="closure",
            goal=Within(goals[priority]),
            scope=Scope(kinds=frozenset({"incident"}), priorities=frozenset({priority})),
            hours="service hours",
        )
        for priority in ranked
    )
    revision = AgreementRevision(
        agreement="fitted",
        customer="customer",
        effective_at=BEGINNING,
        term=Term(BEGINNING),
        hours=(NamedHours("service hours", hours),),
        priorities=PriorityScheme(ranked=ranked),
        targets=targets,
        reason="fitted to a log",
    )
    return ServiceAgreement.of(revision)


@cache
def _untimed(priority: str, hours: ServiceHours) -> ServiceAgreement:
    # How long a clock ran does not depend on its goal.
    return fitted_agreement({priority: timedelta(0)}, hours)


def case_of(item: ImportedItem, outcome: str, hours: ServiceHours = WEEKDAYS) -> Case | str:
    """Answer the case an observed item makes, or why it makes none."""
    facts = history(kind_named(item.kind).stream(item.id), item.facts)
    columns: dict[str, str | None] = {}
    closings = 0
    priority: str | None = None
    before = ""
    for fact, row in observed_rows(facts):
        columns = row
        priority = dict(fact.body.fields).get("priority", priority)
        closings += fact.body.status == "closed" and before != "closed"
        before = fact.body.status
    digits = "".join(c for c in item.id if c in "0123456789")
    if columns.get(outcome) not in (MET, FAILED):
        return f"no `{MET}` or `{FAILED}` in `{outcome}`"
    if not digits or priority is None:
        return "no number or no priority"
    reading = next(iter(read_clocks(_untimed(priority, hours), facts, _end(facts))), None)
    if reading is None or reading.stopped_at is None or reading.elapsed is None:
        return "not closed"
    return Case(
        id=item.id,
        number=int(digits),
        priority=priority,
        elapsed=reading.elapsed,
        said_met=columns[outcome] == MET,
        reopened=max(0, closings - 1),
        facts=facts,
    )


def _end(facts: Iterable[Fact[Observed]]) -> Instant:
    return max(fact.occurred_at for fact in facts)


def fit_goals(cases: Iterable[Case]) -> dict[str, timedelta]:
    """Answer for each priority the goal on whose right side the most cases lie; the shortest of equally good ones."""
    of_priority: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        of_priority[case.priority].append(case)
    return {priority: _goal(of_priority[priority]) for priority in sorted(of_priority)}


def _goal(cases: list[Case]) -> timedelta:
    wrong = least = sum(case.said_met for case in cases)
    goal = timedelta(0)
    ordered = sorted(cases, key=lambda case: case.elapsed)
    for case, after in zip(ordered, [*ordered[1:], None], strict=True):
        wrong += -1 if case.said_met else 1
        # Only between two different times is there a goal that tells them apart.
        if wrong < least and (after is None or after.elapsed != case.elapsed):
            least, goal = wrong, case.elapsed
    return goal


def judge(agreement: ServiceAgreement, case: Case) -> Judged:
    """Answer what the agreement says of a case, by its clocks."""
    (reading,) = read_clocks(agreement, case.facts, _end(case.facts))
    return Judged(case=evolve(case, facts=()), goal=reading.goal, verdict=reading.verdict)


def fit_log(items: Iterable[ImportedItem], outcome: str, hours: ServiceHours = WEEKDAYS) -> Fit:
    """Answer the agreement fitted to the even items of a log, and how it judges the odd ones."""
    teaching: list[Case] = []
    judging: list[Case] = []
    left_out: Counter[str] = Counter()
    for item in items:
        case = case_of(item, outcome, hours)
        if isinstance(case, str):
            left_out[case] += 1
        elif case.number % 2:
            judging.append(case)
        else:
            teaching.append(evolve(case, facts=()))
    goals = fit_goals(teaching)
    agreement = fitted_agreement(goals, hours)
    left_out["a priority no even item has"] = sum(case.priority not in goals for case in judging)
    judged = tuple(judge(agreement, case) for case in judging if case.priority in goals)
    return Fit(agreement=agreement, goals=goals, taught=len(teaching), judged=judged, left_out=+left_out)


def report(fit: Fit) -> Iterable[str]:
    """Answer the lines that say what was fitted, how well, and what disagrees."""
    yield f"goals fitted on {fit.taught} incidents with even numbers:"
    yield from (f"  {priority:<16} {shown_duration(goal):>12} of service time" for priority, goal in fit.goals.items())
    apart = fit.disagreements
    agreed = len(fit.judged) - len(apart)
    yield f"odd numbers: {agreed} of {len(fit.judged)} verdicts agree, {float(fit.share):.2%}"
    for reason, count in sorted(fit.left_out.items()):
        yield f"left out: {count} x {reason}"
    for reason, count in Counter(one.reason for one in apart).most_common():
        yield f"{count} x {reason}"
    yield "incident      priority          elapsed       goal          clock     log"
    for one in apart:
        case = one.case
        yield (
            f"{case.id:<13} {case.priority:<16}  {shown_duration(case.elapsed):<12}  {shown_duration(one.goal):<12}  "
            f"{one.verdict.value:<8}  {'met' if case.said_met else 'failed'}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit a closure agreement to a log and say where it disagrees.")
    parser.add_argument("log")
    parser.add_argument("--profile", default="servicenow", help="a built-in profile or the path of one")
    parser.add_argument("--outcome", default="made_sla", help="the column that says `true` for met, `false` for failed")
    options = parser.parse_args()
    for line in report(fit_log(read_log(options.log, load_profile(options.profile)), options.outcome)):
        print(line)


if __name__ == "__main__":
    main()
