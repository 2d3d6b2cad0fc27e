"""What is promised: goals, targets, revisions of terms, agreements; and the words and people they name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from hypothesis import strategies as st

from svcdelivery.agreement import (
    STANDARD_HOLD_REASONS,
    STANDARD_MEASURES,
    AgreementRevision,
    Boundary,
    ByEndOfWorkingDay,
    ByTimeOfWorkingDay,
    CoveredService,
    DueWhilePaused,
    Goal,
    MatrixCell,
    NamedHours,
    OnChange,
    OnReopening,
    PriorityScheme,
    Scope,
    ServiceAgreement,
    ServiceLevelTarget,
    SurveyTerms,
    Term,
    TimeKind,
    UpdateDuty,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
)
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies.calendars import usual_hours
from svcdelivery.testing.strategies.moments import durations

__all__ = ["actors", "agreements", "goals", "identifiers", "revisions", "targets", "texts"]

MEASURES = tuple(measure.name for measure in STANDARD_MEASURES)
_LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S"])
_DAYS = st.integers(0, 4)
_TIMES = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
_DURATIONS = st.builds(Within, durations(timedelta(days=12)), st.sampled_from(TimeKind))
_DATED = [
    *(st.builds(make, _DAYS) for make in (WithinWorkingDays, ByEndOfWorkingDay, WithinCalendarDays)),
    st.builds(ByTimeOfWorkingDay, _DAYS, _TIMES),
]
_SETS_OF_REASONS = [frozenset(c) for size in range(4) for c in combinations(STANDARD_HOLD_REASONS, size)]
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_FORMS = st.sampled_from(list(product(Boundary, (Fraction(1), Fraction(19, 20), Fraction(1, 3)), ("", "4.2"))))
# The defaults come first, so that a failing case is shown without rules that play no part in it.
_RULES = st.sampled_from(
    [
        {"on_change": change, "on_reopening": reopening, "due_while_paused": due, "pauses_move_due": moves}
        for change, reopening, due, moves in product(OnChange, OnReopening, DueWhilePaused, (False, True))
    ]
)
_DUTIES = st.sampled_from(
    list(
        product(
            (None, datetime(2030, 1, 1, tzinfo=UTC)),
            ((), (UpdateDuty(every=timedelta(hours=2), hours="office"),)),
            (None, SurveyTerms(), SurveyTerms(scale=10, expires=timedelta(days=1))),
        )
    )
)


def identifiers() -> st.SearchStrategy[str]:
    """Answer ids, of any script."""
    return st.text(_LETTERS, min_size=1, max_size=12)


def texts() -> st.SearchStrategy[str]:
    """Answer texts, empty ones and odd ones among them."""
    return st.one_of(st.just(""), st.text(st.characters(codec="utf-8"), max_size=20))


def actors() -> st.SearchStrategy[Actor]:
    """Answer actors of every kind."""
    kinds = [Actor.staff, Actor.end_user, Actor.customer, Actor.supplier, Actor.system]
    return st.builds(lambda make, id: make(id), st.sampled_from(kinds), identifiers())


def goals(*, of_days: bool = True) -> st.SearchStrategy[Goal]:
    """Answer goals of a duration, zero included, in service or wall time, and goals of working and calendar days.

    Args:
        of_days: Whether to draw those that need service hours to say which days are meant.
    """
    return st.one_of(_DURATIONS, _DURATIONS, *_DATED) if of_days else _DURATIONS


def targets(
    measure: str,
    *,
    name: str | None = None,
    scope: Scope | None = None,
    hours: Iterable[str | None] = ("office", "office", None),
    goal: st.SearchStrategy[Goal] | None = None,
    rules: bool = True,
) -> st.SearchStrategy[ServiceLevelTarget]:
    """Answer targets of a measure.

    Args:
        name: The target's name, by default that of the measure.
        scope: Which work it speaks of, by default any.
        hours: Names of service hours to choose from; None counts round the clock.
        goal: Where goals come from; round the clock, goals of days are replaced by durations.
        rules: Whether to draw rules for changes, reopenings and pauses too, or to leave them as they are by default.
    """
    promised = goals() if goal is None else goal
    by_hours = [st.tuples(st.just(named), _DURATIONS if named is None else promised) for named in hours]
    return st.builds(
        _target,
        st.just({"name": name or measure, "measure": measure, "scope": scope or Scope()}),
        st.one_of(by_hours),
        st.sampled_from(_SETS_OF_REASONS),
        _FORMS,
        _RULES if rules else st.just({}),
    )


def _target(
    about: dict[str, Any],
    counted: tuple[str | None, Goal],
    pause_on: frozenset[str],
    form: tuple[Boundary, Fraction, str],
    rules: dict[str, Any],
) -> ServiceLevelTarget:
    (hours, goal), (boundary, share, clause) = counted, form
    if not isinstance(goal, WithinCalendarDays):
        rules = {rule: value for rule, value in rules.items() if rule != "pauses_move_due"}
    return ServiceLevelTarget(
        **about,
        hours=hours,
        goal=goal,
        pause_on=pause_on,
        boundary=boundary,
        share_promised=share,
        clause=clause,
        **rules,
    )


def revisions(
    *,
    hours: st.SearchStrategy[ServiceHours] | None = None,
    goal: st.SearchStrategy[Goal] | None = None,
    rules: bool = True,
) -> st.SearchStrategy[AgreementRevision]:
    """Answer terms with a target of every standard measure, one of them narrower for the first priority.

    Args:
        hours: Where the service hours come from that targets call `office`, by default `usual_hours`.
        goal: As for `targets`.
        rules: As for `targets`.
    """
    urgent = Scope(priorities={"P1"})
    general = [targets(measure, goal=goal, rules=rules) for measure in MEASURES]
    narrower = [targets(m, name=f"urgent-{m}", scope=urgent, goal=goal, rules=rules) for m in MEASURES]
    return st.builds(
        _revision,
        st.tuples(*general, st.one_of(narrower)),
        hours if hours is not None else usual_hours(),
        texts(),
        _DUTIES,
        durations(timedelta(days=12)),
    )


def _revision(
    chosen: tuple[ServiceLevelTarget, ...],
    office: ServiceHours,
    reason: str,
    duties: tuple[datetime | None, tuple[UpdateDuty, ...], SurveyTerms | None],
    window: timedelta,
) -> AgreementRevision:
    until, updates, survey = duties
    return AgreementRevision(
        agreement="acme-1",
        customer="acme",
        provider="northwind",
        effective_at=_SINCE,
        term=Term(_SINCE, until),
        author="staff:olga",
        reason=reason,
        services=tuple(_service(id) for id in ("email", "laptop")),
        hours=(NamedHours("office", office),),
        priorities=PriorityScheme(ranked=("P1", "P2", "P3"), matrix=(MatrixCell("high", "high", "P1"),)),
        hold_reasons=STANDARD_HOLD_REASONS,
        targets=chosen,
        updates=updates,
        survey=survey,
        reopening_window=window,
    )


def _service(id: str) -> CoveredService:
    return CoveredService(
        id=id,
        name=id.title(),
        approved=Term(_SINCE),
        entitled=("everybody", "person:*"),
        delivered_by=("role:agent",),
    )


def agreements() -> st.SearchStrategy[ServiceAgreement]:
    """Answer agreements of one revision."""
    return revisions().map(ServiceAgreement.of)
