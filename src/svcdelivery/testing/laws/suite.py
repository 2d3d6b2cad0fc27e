"""The laws as tests: one call, a class with one test a law."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import hypothesis
from attrs import evolve
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from svcdelivery.agreement import AgreementRevision, Goal, Measure, NamedHours, ServiceAgreement
from svcdelivery.clock import read_clocks
from svcdelivery.errors import InvalidValueError, NotCoveredError
from svcdelivery.testing.laws.case import Case, Read
from svcdelivery.testing.laws.law import Draw, Law, LawBrokenError
from svcdelivery.testing.laws.of_clocks import LAWS_OF_CLOCKS, reads_as
from svcdelivery.testing.laws.of_hours import LAWS_OF_HOURS, Calendar, answers_as
from svcdelivery.testing.strategies.calendars import usual_hours
from svcdelivery.testing.strategies.courses import stories
from svcdelivery.testing.strategies.promises import MEASURES, goals, targets
from svcdelivery.testing.terms import terms_of

__all__ = ["rule_laws"]

Subjects = Callable[[Draw], Any]


def rule_laws(
    *,
    hours: Calendar | st.SearchStrategy[Any] | None = None,
    goal: Goal | st.SearchStrategy[Goal] | None = None,
    measure: Measure | str | None = None,
    agreement: ServiceAgreement | AgreementRevision | st.SearchStrategy[AgreementRevision] | None = None,
    read: Read | None = None,
    same_as: Any = None,
    others: st.SearchStrategy[Any] | None = None,
    settings: hypothesis.settings | None = None,
) -> type:
    """Answer a class of tests, each law of service time or of clocks a test by name, for rules of your own.

        TestOfficeHours = rule_laws(hours=OFFICE)
        TestNextDay = rule_laws(goal=ByTimeOfWorkingDay(1, "16:00"), hours=OFFICE)
        TestHandover = rule_laws(measure=Measure(name="handover", start={"assigned"}, stop={"started"}))
        TestAcme = rule_laws(agreement=load_agreement("acme.yaml"))

    Hours alone are put through the laws of service time, and so are those of an agreement. A goal, a measure, an
    agreement or a reader is put through the laws of clocks, over drawn histories with holds, reopenings, changes of
    priority and nights on which clocks are changed. Whatever is given may be a strategy as well. Years that hours do
    not know are left out.

    Args:
        hours: Service hours, or any calendar that answers `elapsed` and more; a law that asks for what it does not
            answer is left out. With a goal or a measure: the hours it is counted in, by default some of every kind.
        goal: What is promised for every measure, by default goals of every kind.
        measure: What is measured, your own or the name of a standard one; by default all standard ones.
        agreement: Terms as they are, each revision by itself.
        read: What reads clocks in place of `read_clocks`, with the same arguments and answers.
        same_as: A reference the hours, or the reader, have to agree with in every answer.
        others: Bodies of facts that are drawn into histories, such as those a measure of your own waits for.
        settings: How hard Hypothesis looks, by default as its profile says, without a deadline.

    Raises:
        InvalidValueError: Nothing to test is given, or an agreement together with what it is made of.
    """
    of_clocks = not (goal is None and measure is None and agreement is None and read is None)
    if not of_clocks and hours is None:
        raise InvalidValueError(what="something to test", value="nothing", hint="give hours, a goal, a measure, terms")
    if agreement is not None and not (hours is None and goal is None and measure is None):
        raise InvalidValueError(what="one thing to test", value="an agreement and its parts", hint="give one of them")
    if not of_clocks:
        reference = () if same_as is None else (answers_as(same_as),)
        return _suite(_of_hours(hours), _asked(hours, (*LAWS_OF_HOURS, *reference)), settings)
    reader = read or read_clocks
    reference = () if same_as is None else (reads_as(same_as),)
    subjects = _of_clocks(agreement, _terms(hours, goal, measure), reader, others)
    parts = [(subjects, (*LAWS_OF_CLOCKS, *reference))]
    named = _hours_of(agreement)
    if named:
        parts.append((_of_hours(st.sampled_from(named)), LAWS_OF_HOURS))
    return _class({f"test_{law.name}": _test(law, make, settings) for make, laws in parts for law in laws})


def _suite(subjects: Subjects, laws: Iterable[Law], settings: hypothesis.settings | None) -> type:
    return _class({f"test_{law.name}": _test(law, subjects, settings) for law in laws})


def _class(tests: dict[str, Any]) -> type:
    return type("RuleLaws", (), {"__doc__": "Laws, each a test by name.", **tests})


def _test(law: Law, subjects: Subjects, settings: hypothesis.settings | None) -> Callable[..., None]:
    def test(self: Any, data: st.DataObject) -> None:  # noqa: ARG001  # a method of a class of tests
        __tracebackhide__ = True
        try:
            law.check(subjects(data.draw), data.draw)
        except NotCoveredError:
            return  # what lies beyond the years that are known keeps no law, and breaks none
        except LawBrokenError as broken:
            raise LawBrokenError(f"{law.name} ({law.promise}): {broken}") from None

    test.__name__ = test.__qualname__ = f"test_{law.name}"
    test.__doc__ = law.promise
    return (settings or _usual_settings())(given(st.data())(test))


def _usual_settings() -> hypothesis.settings:
    usual = hypothesis.settings()
    # Without the phase that explains which lines a failure runs: they are the laws' own, and tell nothing of the rule.
    return hypothesis.settings(
        max_examples=usual.max_examples,
        phases=[phase for phase in usual.phases if phase is not Phase.explain],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# -- what is tested ----------------------------------------------------------------------------------------------------


def _strategy(given: Any) -> st.SearchStrategy[Any]:
    return given if isinstance(given, st.SearchStrategy) else st.just(given)


def _asked(hours: Any, laws: Sequence[Law]) -> list[Law]:
    if isinstance(hours, st.SearchStrategy):
        return list(laws)
    return [law for law in laws if law.can_be_asked_of(hours)]


def _of_hours(hours: Any) -> Subjects:
    if not isinstance(hours, st.SearchStrategy):
        return lambda _draw: hours
    return lambda draw: draw(hours, "hours")


def _of_clocks(agreement: Any, terms: st.SearchStrategy[Any], read: Read, others: Any) -> Subjects:
    if agreement is not None:
        terms = agreement if isinstance(agreement, st.SearchStrategy) else st.sampled_from(_revisions(agreement))
    drawn = stories(revision=terms, others=others)
    return lambda draw: Case(draw(drawn, "story"), read)


def _hours_of(agreement: Any) -> list[Any]:
    if isinstance(agreement, st.SearchStrategy) or agreement is None:
        return []
    named: list[NamedHours] = [named for revision in _revisions(agreement) for named in revision.hours]
    return [one.hours for one in named]


def _revisions(agreement: ServiceAgreement | AgreementRevision) -> list[AgreementRevision]:
    """Answer each of the revisions by itself: what one says is not to be excused by what comes after it."""
    revisions = agreement.revisions if isinstance(agreement, ServiceAgreement) else (agreement,)
    return [evolve(revision, applies_to_open=None) for revision in revisions]


def _terms(hours: Any, goal: Any, measure: Measure | str | None) -> st.SearchStrategy[AgreementRevision]:
    own = (measure,) if isinstance(measure, Measure) else ()
    names = MEASURES if measure is None else (measure.name if isinstance(measure, Measure) else measure,)
    office = usual_hours() if hours is None else _strategy(hours)
    promised = goals() if goal is None else _strategy(goal)
    # A goal of one's own is always counted in the hours given; drawn ones go round the clock now and then.
    named = ("office",) if goal is not None else ("office", "office", None)
    each = st.tuples(*(targets(name, goal=promised, hours=named) for name in names))
    return st.builds(lambda chosen, open_: terms_of(*chosen, hours=open_, measures=own), each, office)
