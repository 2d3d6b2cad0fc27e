"""Security incidents: reported, analyzed, declared or dismissed, contained, eradicated, recovered, reviewed.

The names are those of NIST SP 800-61r3 and the functions of CSF 2.0 it follows.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact, fact_type, in_words, opening
from svcdelivery.identity import identifier, names
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.timeline import Instant

__all__ = [
    "SECURITY_INCIDENT_TABLE",
    "PartyNotified",
    "SecurityIncident",
    "SecurityIncidentAssessed",
    "SecurityIncidentLifecycle",
    "SecurityIncidentLinked",
    "SecurityIncidentMoved",
    "SecurityIncidentReported",
    "SecurityIncidentStatus",
    "fold_security_incident",
    "move",
    "notify",
    "link",
    "security_incident_stream",
]


class SecurityIncidentStatus(Status):
    """Where a security incident stands."""

    REPORTED = "reported"
    ANALYZING = "analyzing"
    DISMISSED = "dismissed"
    DECLARED = "declared"
    CONTAINED = "contained"
    ERADICATED = "eradicated"
    RECOVERED = "recovered"
    REVIEWED = "reviewed"
    CLOSED = "closed"


_S = SecurityIncidentStatus


class SecurityIncidentLifecycle(Lifecycle):
    """What may happen to a security incident. What spreads again after its containment is declared again."""

    states = States.from_enum(_S, initial=_S.REPORTED, final=[_S.DISMISSED])
    phases = {
        _S.REPORTED: Phase.NEW,
        _S.ANALYZING: Phase.ACTIVE,
        _S.DISMISSED: Phase.CANCELLED,
        _S.DECLARED: Phase.ACTIVE,
        _S.CONTAINED: Phase.ACTIVE,
        _S.ERADICATED: Phase.ACTIVE,
        _S.RECOVERED: Phase.DONE,
        _S.REVIEWED: Phase.DONE,
        _S.CLOSED: Phase.CLOSED,
    }

    analyze = states.REPORTED.to(states.ANALYZING)
    dismiss = states.ANALYZING.to(states.DISMISSED)
    declare = (
        states.REPORTED.to(states.DECLARED)
        | states.ANALYZING.to(states.DECLARED)
        | states.CONTAINED.to(states.DECLARED)
        | states.ERADICATED.to(states.DECLARED)
        | states.RECOVERED.to(states.DECLARED)
    )
    contain = states.DECLARED.to(states.CONTAINED)
    eradicate = states.CONTAINED.to(states.ERADICATED)
    recover = states.ERADICATED.to(states.RECOVERED)
    review = states.RECOVERED.to(states.REVIEWED)
    close = states.REVIEWED.to(states.CLOSED)
    reopen = states.CLOSED.to(states.ANALYZING)


SECURITY_INCIDENT_TABLE: LifecycleTable[SecurityIncidentStatus] = compile_lifecycle(SecurityIncidentLifecycle)


def security_incident_stream(id: str) -> str:
    """Answer the name of the stream that holds a security incident's facts."""
    return f"security_incident:{id}"


@fact_type("security.incident_reported/1")
@frozen(kw_only=True)
class SecurityIncidentReported:
    """Somebody, or the breach watch, saw what may be a breach.

    Attributes:
        findings: The breach watch's findings it rests on, by their keys.
        work: Streams of requests and incidents concerned.
        vulnerability: The vulnerability it used, where that is known.
        indicators: What others may look for: addresses, hashes, names.
    """

    action: ClassVar[str] = "report"

    summary: str
    agreements: frozenset[str] = field(default=frozenset(), converter=names)
    customers: frozenset[str] = field(default=frozenset(), converter=names)
    findings: frozenset[str] = field(default=frozenset(), converter=names)
    work: frozenset[str] = field(default=frozenset(), converter=names)
    vulnerability: str = ""
    indicators: frozenset[str] = field(default=frozenset(), converter=names)


@fact_type("security.incident_assessed/1")
@frozen(kw_only=True)
class SecurityIncidentAssessed:
    """How far it reaches was put together, for the first time or again; agreements and customers are all concerned."""

    action: ClassVar[str] = "assess"

    functional_impact: str = ""
    information_impact: str = ""
    recoverability: str = ""
    agreements: frozenset[str] = field(default=frozenset(), converter=names)
    customers: frozenset[str] = field(default=frozenset(), converter=names)


@fact_type("security.incident_moved/1")
@frozen(kw_only=True)
class SecurityIncidentMoved:
    """It went on.

    Attributes:
        action: The move of the lifecycle.
        note: What was done; the ground of a dismissal, the lessons of a review.
    """

    action: str = field(converter=identifier)
    note: str = ""


@fact_type("security.party_notified/1")
@frozen(kw_only=True)
class PartyNotified:
    """Somebody who had to be told was told."""

    action: ClassVar[str] = "notify"

    agreement: str = field(converter=identifier)
    party: str = field(converter=identifier)
    text: str = ""


@fact_type("security.incident_linked/1")
@frozen(kw_only=True)
class SecurityIncidentLinked:
    """What belongs to it was found.

    Attributes:
        work: Streams of requests and incidents.
        findings: The breach watch's findings, by their keys.
        vulnerability: The vulnerability it used; empty where that is not what was found.
    """

    action: ClassVar[str] = "link"

    work: frozenset[str] = field(default=frozenset(), converter=names)
    findings: frozenset[str] = field(default=frozenset(), converter=names)
    vulnerability: str = ""


@frozen(kw_only=True)
class SecurityIncident:
    """A security incident on record.

    Attributes:
        notified: Who was told under which agreement.
    """

    id: str
    version: int
    status: SecurityIncidentStatus
    summary: str
    reported_at: Instant
    agreements: frozenset[str]
    customers: frozenset[str]
    findings: frozenset[str]
    work: frozenset[str]
    vulnerability: str
    indicators: frozenset[str]
    functional_impact: str = ""
    information_impact: str = ""
    recoverability: str = ""
    declared_at: Instant | None = None
    lessons: str = ""
    ground: str = ""
    notified: frozenset[tuple[str, str]] = frozenset()


def fold_security_incident(facts: Iterable[Fact[Any]]) -> SecurityIncident | None:
    """Answer the record the facts of one security incident tell, None for no facts.

    Raises:
        IntegrityError: The facts do not begin with its report, or a move is not one the lifecycle has.
    """
    record: SecurityIncident | None = None
    for fact in facts:
        record = _begun(fact) if record is None else _grown(record, fact)
    return record


def _begun(fact: Fact[Any]) -> SecurityIncident:
    body = opening(fact, SecurityIncidentReported, "its report")
    said = {name: getattr(body, name) for name in _REPORTED}
    id = fact.stream_id
    return SecurityIncident(id=id, version=fact.version, status=_S.REPORTED, reported_at=fact.occurred_at, **said)


_REPORTED = ("summary", "agreements", "customers", "findings", "work", "vulnerability", "indicators")


def _grown(record: SecurityIncident, fact: Fact[Any]) -> SecurityIncident:
    record = evolve(record, version=fact.version)
    match fact.body:
        case SecurityIncidentAssessed() as body:
            return evolve(
                record,
                functional_impact=body.functional_impact,
                information_impact=body.information_impact,
                recoverability=body.recoverability,
                agreements=record.agreements | body.agreements,
                customers=record.customers | body.customers,
            )
        case SecurityIncidentLinked() as body:
            return evolve(
                record,
                work=record.work | body.work,
                findings=record.findings | body.findings,
                vulnerability=body.vulnerability or record.vulnerability,
            )
        case PartyNotified(agreement=agreement, party=party):
            return evolve(record, notified=record.notified | {(agreement, party)})
        case SecurityIncidentMoved() as body:
            return _moved(record, fact, body)
        case _:  # a report told twice, or facts of other rooms, change nothing
            return record


def _moved(record: SecurityIncident, fact: Fact[Any], body: SecurityIncidentMoved) -> SecurityIncident:
    target = SECURITY_INCIDENT_TABLE.followed(record.status, body.action, fact)
    record = evolve(record, status=target)
    if target is _S.DECLARED:
        return evolve(record, declared_at=record.declared_at or fact.occurred_at)
    if target is _S.DISMISSED:
        return evolve(record, ground=body.note)
    return evolve(record, lessons=body.note) if target is _S.REVIEWED else record


def move(record: SecurityIncident, action: str, *, note: str = "") -> SecurityIncidentMoved:
    """Move it on; a dismissal needs its ground, a review its lessons.

    Raises:
        TransitionRefusedError: Its status does not allow that.
        InvalidValueError: A ground or lessons without words.
    """
    SECURITY_INCIDENT_TABLE.require(f"security incident {record.id}", record.status, action)
    if action in ("dismiss", "review", "reopen"):
        in_words(note, "note")
    return SecurityIncidentMoved(action=action, note=note)


def notify(record: SecurityIncident, *, agreement: str, party: str, text: str) -> PartyNotified:
    """State that somebody was told.

    Raises:
        InvalidValueError: The incident does not concern that agreement, or nothing was said.
    """
    if agreement not in record.agreements:
        known = ", ".join(f"`{id}`" for id in sorted(record.agreements)) or "none"
        raise InvalidValueError(what="an agreement concerned", value=agreement, path="agreement", hint=known)
    in_words(text, "text")
    return PartyNotified(agreement=agreement, party=party, text=text)


def link(
    record: SecurityIncident, *, work: Iterable[str] = (), findings: Iterable[str] = (), vulnerability: str = ""
) -> SecurityIncidentLinked:
    """State what belongs to it.

    Raises:
        InvalidValueError: Nothing that is not linked already.
    """
    body = SecurityIncidentLinked(work=work, findings=findings, vulnerability=vulnerability)
    is_new = vulnerability and vulnerability != record.vulnerability
    if body.work <= record.work and body.findings <= record.findings and not is_new:
        raise InvalidValueError(what="something to link", value=vulnerability, problem="all of it is linked already")
    return body
