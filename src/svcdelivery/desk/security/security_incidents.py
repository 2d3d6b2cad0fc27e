"""Security incidents at the desk: reported, declared, contained, reviewed; whom to tell of them is owed in time.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.clock import ClockReading
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Clocked, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import SECURITY_INCIDENTS
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, in_words
from svcdelivery.facts import known_at as facts_known_at
from svcdelivery.identity import Actor, names
from svcdelivery.security.incident import (
    SecurityIncident,
    SecurityIncidentAssessed,
    SecurityIncidentReported,
    fold_security_incident,
    link,
    move,
    notify,
    security_incident_stream,
)
from svcdelivery.security.notification import notification_clocks
from svcdelivery.security.vulnerability import vulnerability_stream
from svcdelivery.storage.protocol import Page, Unit
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import fold_work, kind_of_stream

__all__ = ["SECURITY_INCIDENT", "SecurityIncidentDesk", "reported"]


class SecurityIncidentDesk:
    """Security incidents. Any of the staff may report one; the rest is for those whose role the rules name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- asking --------------------------------------------------------------------------------------------------------

    def get(self, id: str) -> SecurityIncident:
        """Answer the record.

        Raises:
            NotFoundError: None of that id is on record.
        """
        with self._engine.read_unit() as unit:
            return SECURITY_INCIDENTS.get(unit, id)

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[SecurityIncident]:
        """Answer records whose columns (`status`, `phase`) have the given values, in the order of ids."""
        with self._engine.read_unit() as unit:
            return SECURITY_INCIDENTS.find(unit, after=after, limit=limit, where=where)

    def facts(self, id: str) -> tuple[Fact[Any], ...]:
        """Answer everything on record about one, in the order of record; empty for an unknown one."""
        with self._engine.read_unit() as unit:
            return tuple(unit.journal.load(security_incident_stream(id)))

    def readings(
        self, id: str, *, now: datetime | None = None, known_at: datetime | None = None
    ) -> tuple[ClockReading, ...]:
        """Answer a clock for each duty to tell somebody of it, under each agreement it concerns.

        Args:
            known_at: Read what was on record then, of the incident and of the agreements.

        Raises:
            NotFoundError: None of that id is on record, or none was then.
        """
        at = to_instant(now or known_at or self._engine.time.now())
        with self._engine.read_unit() as unit:
            facts = tuple(unit.journal.load(security_incident_stream(id)))
            facts = facts if known_at is None else tuple(facts_known_at(facts, known_at))
            if not facts:
                raise NotFoundError(what="security incident", id=id)
            known = None if known_at is None else to_instant(known_at)
            return _clocked(self._engine, unit, facts, at, known).readings

    # -- commanding ----------------------------------------------------------------------------------------------------

    def report(
        self,
        *,
        summary: str,
        agreements: Iterable[str] = (),
        customers: Iterable[str] = (),
        findings: Iterable[str] = (),
        work: Iterable[str] = (),
        vulnerability: str = "",
        indicators: Iterable[str] = (),
        id: str | None = None,
        by: Actor,
        key: str,
    ) -> Outcome[SecurityIncident]:
        """Put on record that somebody saw what may be a breach. The agreements of the work named are concerned too.

        Args:
            findings: Keys of the breach watch's findings it rests on.
            work: Streams of requests and incidents concerned, such as `incident:7`.
            vulnerability: The id of the vulnerability it used.
            id: Of the security incident; None takes a new one.

        Raises:
            InvalidValueError: Nothing is said, or the id is taken.
            NotFoundError: An agreement, item or vulnerability named is not on record.
        """
        given = SecurityIncidentReported(
            summary=summary, agreements=agreements, customers=customers, findings=findings, work=work,
            vulnerability=vulnerability, indicators=indicators,
        )  # fmt: skip
        in_words(summary, "summary")
        ask = Ask(action="report", id=id or "", by=by, key=key, said={"reported": given})

        def make(known: SecurityIncident | None, unit: Unit, _now: Instant) -> Said[SecurityIncident]:
            if known is not None:
                raise InvalidValueError(what="a free id for a security incident", value=known.id, path="id")
            return Said((reported(self._engine, unit, given),))

        return act(self._engine, SECURITY_INCIDENT, ask, make, creates=True)

    def assess(
        self,
        id: str,
        *,
        functional_impact: str = "",
        information_impact: str = "",
        recoverability: str = "",
        agreements: Iterable[str] = (),
        customers: Iterable[str] = (),
        by: Actor,
        key: str,
    ) -> Outcome[SecurityIncident]:
        """State how far it reaches; agreements and customers named before stay concerned."""
        body = SecurityIncidentAssessed(
            functional_impact=functional_impact, information_impact=information_impact, recoverability=recoverability,
            agreements=agreements, customers=customers,
        )  # fmt: skip
        ask = Ask(action="assess", id=id, by=by, key=key, said={"assessed": body})

        def make(_known: SecurityIncident, unit: Unit) -> Any:
            _on_record(self._engine, unit, body.agreements)
            return body

        return self._act(ask, make)

    def analyze(self, id: str, *, by: Actor, key: str) -> Outcome[SecurityIncident]:
        """Look into it."""
        return self._move(id, "analyze", "", by, key)

    def dismiss(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[SecurityIncident]:
        """State why it is none; nobody need be told of it then."""
        return self._move(id, "dismiss", ground, by, key)

    def declare(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[SecurityIncident]:
        """State that it is one; one that spreads after its containment is declared again."""
        return self._move(id, "declare", note, by, key)

    def contain(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[SecurityIncident]:
        """State that it spreads no further."""
        return self._move(id, "contain", note, by, key)

    def eradicate(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[SecurityIncident]:
        """State that its cause is gone."""
        return self._move(id, "eradicate", note, by, key)

    def recover(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[SecurityIncident]:
        """State that services are as before."""
        return self._move(id, "recover", note, by, key)

    def review(self, id: str, *, lessons: str, by: Actor, key: str) -> Outcome[SecurityIncident]:
        """State what was learned."""
        return self._move(id, "review", lessons, by, key)

    def close(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[SecurityIncident]:
        """State that nothing remains to be done."""
        return self._move(id, "close", note, by, key)

    def reopen(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[SecurityIncident]:
        """Look into it once more."""
        return self._move(id, "reopen", ground, by, key)

    def notify(
        self, id: str, *, agreement: str, party: str, text: str, by: Actor, key: str
    ) -> Outcome[SecurityIncident]:
        """State that somebody was told under an agreement; that meets what is owed to them.

        Raises:
            InvalidValueError: It does not concern that agreement, or nothing was said.
        """
        ask = Ask(action="notify", id=id, by=by, key=key, said={"agreement": agreement, "party": party, "text": text})
        return self._act(ask, lambda known, _: notify(known, agreement=agreement, party=party, text=text))

    def link(
        self,
        id: str,
        *,
        work: Iterable[str] = (),
        findings: Iterable[str] = (),
        vulnerability: str = "",
        by: Actor,
        key: str,
    ) -> Outcome[SecurityIncident]:
        """State what belongs to it: requests and incidents, findings, the vulnerability it used.

        Nothing is said of it to the items: who may see them need not know of it.

        Raises:
            NotFoundError: An item or vulnerability named is not on record.
            InvalidValueError: Nothing that is not linked already.
        """
        streams, keys = names(work), names(findings)
        said = {"work": "\n".join(sorted(streams)), "findings": "\n".join(sorted(keys)), "vulnerability": vulnerability}
        ask = Ask(action="link", id=id, by=by, key=key, said=said)

        def make(known: SecurityIncident, unit: Unit) -> Any:
            _agreements_of(unit, streams)
            _vulnerability(unit, vulnerability)
            return link(known, work=streams, findings=keys, vulnerability=vulnerability)

        return self._act(ask, make)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _move(self, id: str, action: str, note: str, by: Actor, key: str) -> Outcome[SecurityIncident]:
        ask = Ask(action=action, id=id, by=by, key=key, said={"note": note})
        return self._act(ask, lambda known, _: move(known, action, note=note))

    def _act(self, ask: Ask, make: Callable[[SecurityIncident, Unit], Any]) -> Outcome[SecurityIncident]:
        def said(known: SecurityIncident | None, unit: Unit, _now: Instant) -> Said[SecurityIncident]:
            assert known is not None, "only what there is is acted upon"
            return Said((make(known, unit),))

        return act(self._engine, SECURITY_INCIDENT, ask, said)


def reported(engine: Engine, unit: Unit, given: SecurityIncidentReported) -> SecurityIncidentReported:
    """Answer a report with the agreements of the work it names, and the customers of all agreements.

    Raises:
        NotFoundError: An agreement, item or vulnerability named is not on record.
    """
    agreements = given.agreements | _agreements_of(unit, given.work)
    customers = given.customers | {known.customer for known in _on_record(engine, unit, agreements)}
    _vulnerability(unit, given.vulnerability)
    return evolve(given, agreements=agreements, customers=customers)


def _on_record(engine: Engine, unit: Unit, agreements: Iterable[str]) -> list[ServiceAgreement]:
    found = []
    for id in sorted(agreements):
        record = engine.agreement(unit, id)
        if record is None:
            raise NotFoundError(what="agreement", id=id)
        found.append(record.agreement)
    return found


def _agreements_of(unit: Unit, streams: Iterable[str]) -> set[str]:
    found = set()
    for stream in sorted(streams):
        work = fold_work(unit.journal.load(stream)) if kind_of_stream(stream) is not None else None
        if work is None:
            raise NotFoundError(what="item", id=stream)
        found |= {work.agreement} - {""}
    return found


def _vulnerability(unit: Unit, id: str) -> None:
    if id and not unit.journal.load(vulnerability_stream(id), upto=1):
        raise NotFoundError(what="vulnerability", id=id)


def _clocked(engine: Engine, unit: Unit, facts: Sequence[Fact[Any]], now: Instant, known: Instant | None) -> Clocked:
    record = fold_security_incident(facts)
    assert record is not None, "recorded facts fold"
    found = (engine.agreement(unit, id) for id in sorted(record.agreements))
    agreements = [one.agreement for one in found if one is not None]
    if known is not None:
        agreements = [then for one in agreements if (then := one.known_at(known)) is not None]
    return Clocked(notification_clocks(facts, agreements, now))


SECURITY_INCIDENT: Aggregate[SecurityIncident] = Aggregate(
    "security incident", "security_incident", security_incident_stream, fold_security_incident, SECURITY_INCIDENTS.row,
    _clocked,
)  # fmt: skip
