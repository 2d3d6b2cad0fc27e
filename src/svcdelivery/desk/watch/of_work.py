"""What becomes due of a request or incident: breaches, updates that did not come, escalations, reminders of surveys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import define, field

from svcdelivery.agreement import AgreementRecord, ServiceAgreement
from svcdelivery.clock import BreachNoticed, Verdict, read_clocks
from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed, next_update_due
from svcdelivery.desk.command.foreseeing import WATCH, foreseen, new_facts
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.rows import work_row
from svcdelivery.desk.command.waking import Waking, Woken
from svcdelivery.desk.work.asking import rows_beside
from svcdelivery.desk.work.breaches import raised_for
from svcdelivery.desk.work.duties import standing_obligations, survey_terms, terms_of, timers_of
from svcdelivery.desk.work.escalating import Escalating, WorkEscalated
from svcdelivery.desk.work.telling import Telling, about_work, survey_told
from svcdelivery.escalation import EscalationFired
from svcdelivery.escalation.notices import NoticeKind
from svcdelivery.facts import Fact
from svcdelivery.improvement import action_id, action_stream
from svcdelivery.satisfaction import SurveyReminded, open_survey, remind
from svcdelivery.storage.protocol import Message, Record, Unit, Write
from svcdelivery.timeline import Instant, format_instant
from svcdelivery.work import Work, WorkKind, fold_work, kind_of_stream

__all__ = ["wake_work"]


def wake_work(waking: Waking) -> Woken:
    """Answer everything that is due of an item by now, whichever of its wake-ups it was.

    Its other wake-ups are set as the facts then say, so that one look serves them all.
    """
    stream = waking.timer.stream
    kind = kind_of_stream(stream)
    assert kind is not None, "the table hands on work alone"
    facts = waking.engine.facts(waking.unit, stream)
    work = fold_work(facts)
    record = waking.engine.agreement(waking.unit, work.agreement) if work is not None else None
    if work is None or record is None:
        return Woken()
    return _Look(waking, kind, record, facts, work, max(waking.now, facts[-1].occurred_at)).woken()


@define
class _Look:
    """One look at an item: what is found is said, and what follows from that is looked at in turn."""

    waking: Waking
    kind: WorkKind
    record: AgreementRecord
    facts: tuple[Fact[Any], ...]
    work: Work
    now: Instant
    said: list[Any] = field(factory=list, init=False)
    others: list[Write] = field(factory=list, init=False)
    messages: list[Message] = field(factory=list, init=False)
    rows: list[Record] = field(factory=list, init=False)

    @property
    def stream(self) -> str:
        return self.facts[0].stream

    def woken(self) -> Woken:
        self._notice_breaches()
        self._notice_updates()
        self._remind()
        self._escalate()
        said = new_facts(self.said, by=WATCH, now=self.now)
        own = Write(stream=self.stream, expected=self.facts[-1].version, facts=said)
        return Woken(writes=(*self.others, own), after=self._after)

    def _ahead(self) -> tuple[Fact[Any], ...]:
        return foreseen(self.stream, self.facts, self.said, by=WATCH, now=self.now)

    def _notice_breaches(self) -> None:
        for noticed in _breaches(self.record.agreement, self.facts, self.now):
            self.said.append(noticed)
            action = action_stream(action_id(self.stream, noticed.target, noticed.cycle))
            if not self.waking.unit.journal.load(action, upto=1):
                owner = self.work.team or "service desk"
                fact = raised_for(self.stream, noticed, owner=owner, by=WATCH, now=self.now)
                self.others.append(Write(stream=action, expected=0, facts=(fact,)))

    def _notice_updates(self) -> None:
        """State which updates were missed, and when the next is owed: a miss ends no duty. The owner is told."""
        terms = terms_of(self.record.agreement, self.work, self.now)
        for audience, due_at in standing_obligations(self.facts).items():
            if due_at >= self.now:
                continue
            self.said.append(StatusUpdateMissed(due_at, audience))
            following = None if terms is None else next_update_due(terms, self._ahead(), audience=audience)
            self.said += [] if following is None else [StatusUpdateDue(following, audience)]
            values = about_work(self.stream, self.work, audience=audience, due_at=format_instant(due_at))
            self._tell("update_missed", f"{self.stream}|update|{audience}|{format_instant(due_at)}", values)

    def _tell(self, about: str, key: str, values: dict[str, str]) -> None:
        owner = self.work.assignee or self.work.team or "service desk"
        telling = Telling(
            kind=NoticeKind.PAGE, about=about, key=key, stream=self.stream, service=self.work.service, values=values
        )
        self.messages += telling.messages(self.waking.engine, (owner,), self.now)

    def _remind(self) -> None:
        survey = open_survey(self.facts, self.now)
        terms = None if survey is None else survey_terms(self.record.agreement, self.facts, self.now)
        reminded = None if survey is None or terms is None else remind(survey, terms, at=self.now)
        if survey is not None and reminded is not None:
            self.said.append(reminded)
            telling = survey_told("survey_reminder", self.stream, self.work, survey, number=reminded.number)
            self.messages += telling.messages(self.waking.engine, (survey.requester,), self.now)

    def _escalate(self) -> None:
        engine, unit = self.waking.engine, self.waking.unit
        escalating = Escalating(engine, unit, WorkEscalated(self.record.agreement), self.now)
        escalating.take_up(self._ahead())
        self.said += escalating.bodies
        self.messages += escalating.messages
        self.rows += escalating.rows

    def _after(self, recorded: tuple[Fact[Any], ...], unit: Unit) -> Consequences:
        facts = (*self.facts, *(fact for fact in recorded if fact.stream == self.stream))
        grown = fold_work(facts)
        assert grown is not None, "recorded facts fold"
        readings = read_clocks(self.record.agreement, facts, self.now)
        armed = unit.timers.of(self.stream)
        counts = Counter(_COUNTED.get(type(fact.body), "") for fact in recorded)
        return Consequences(
            records=[work_row(self.kind, grown), *rows_beside(recorded), *self.rows],
            timers=timers_of(self.record.agreement, facts, readings, armed, now=self.now),
            messages=self.messages,
            counts=[(name, count) for name, count in counts.items() if name],
        )


_COUNTED: dict[type, str] = {
    BreachNoticed: "breaches",
    EscalationFired: "escalations",
    StatusUpdateMissed: "updates missed",
    SurveyReminded: "surveys reminded",
}


def _breaches(agreement: ServiceAgreement, facts: Sequence[Fact[Any]], now: Instant) -> list[BreachNoticed]:
    # Once a target and cycle: a correction or an amendment may have moved the due instant since.
    noticed = {(fact.body.target, fact.body.cycle) for fact in facts if isinstance(fact.body, BreachNoticed)}
    return [
        BreachNoticed(target=reading.target, measure=reading.measure, due_at=reading.due_at, cycle=reading.cycle)
        for reading in read_clocks(agreement, facts, now)
        if reading.verdict is Verdict.BREACHED and reading.due_at and (reading.target, reading.cycle) not in noticed
    ]
