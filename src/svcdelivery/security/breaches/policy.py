"""What is made of findings: from which severity on an incident or an action is raised, and what is silenced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import LEFT_OUT, Fact, fact_type
from svcdelivery.identity import identifier
from svcdelivery.security.breaches.finding import BreachFinding, BreachRule, Suppression
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.security.vulnerability.values import Severity
from svcdelivery.timeline import Instant, format_duration

__all__ = [
    "BREACHES_STREAM",
    "BreachPolicy",
    "BreachPolicySet",
    "BreachRecord",
    "BreachResponse",
    "FindingRaised",
    "FindingsSuppressed",
    "RuleResponse",
    "fold_breaches",
]

BREACHES_STREAM = "breaches"
"""The stream that holds findings, what silences them, and what is made of them."""

_ORDER = tuple(Severity)
_EVERY_LEAST = timedelta(seconds=1)


class BreachResponse(Enum):
    """What is made of a finding beside recording it."""

    NOTHING = "nothing"
    CORRECTIVE_ACTION = "corrective_action"
    SECURITY_INCIDENT = "security_incident"


@frozen
class RuleResponse:
    """What is made of findings of one rule, whatever their severity."""

    rule: BreachRule
    response: BreachResponse


def _responses(values: Iterable[RuleResponse]) -> tuple[RuleResponse, ...]:
    return tuple(values)


@frozen(kw_only=True)
class BreachPolicy:
    """What the breach watch looks for, and what is made of what it finds.

    Attributes:
        settings: Its thresholds.
        incident_from: The severity from which on a finding raises a security incident; None for never.
        action_from: The severity from which on another finding raises a corrective action; None for never.
        rules: Rules of which something else is made.
        owner: Who sees to corrective actions.
        every: How long after it has judged the log the watch judges what has come since; None leaves it to whoever
            calls for it.

    Raises:
        InvalidValueError: A rule that stands twice.
        InvalidDurationError: `every` is shorter than a second.
    """

    settings: BreachSettings = BreachSettings()
    incident_from: Severity | None = Severity.CRITICAL
    action_from: Severity | None = Severity.HIGH
    rules: tuple[RuleResponse, ...] = field(default=(), converter=_responses)
    owner: str = field(default="security", converter=identifier)
    every: timedelta | None = field(default=timedelta(minutes=15), metadata=LEFT_OUT)

    def __attrs_post_init__(self) -> None:
        if self.every is not None and self.every < _EVERY_LEAST:
            raise InvalidDurationError(value=format_duration(self.every), path="every", problem="a second is the least")
        named = [one.rule for one in self.rules]
        for rule in named:
            if named.count(rule) > 1:
                problem = "it stands twice"
                raise InvalidValueError(what="a rule of its own", value=rule.value, path="rules", problem=problem)

    def response(self, finding: BreachFinding) -> BreachResponse:
        """Answer what is made of a finding."""
        for one in self.rules:
            if one.rule is finding.rule:
                return one.response
        if _reaches(finding.severity, self.incident_from):
            return BreachResponse.SECURITY_INCIDENT
        if _reaches(finding.severity, self.action_from):
            return BreachResponse.CORRECTIVE_ACTION
        return BreachResponse.NOTHING


def _reaches(severity: Severity, least: Severity | None) -> bool:
    return least is not None and _ORDER.index(severity) >= _ORDER.index(least)


@fact_type("security.breach_policy_set/1")
@frozen
class BreachPolicySet:
    """What the breach watch looks for from now on, and what is made of it."""

    action: ClassVar[str] = "set_policy"

    policy: BreachPolicy


@fact_type("security.findings_suppressed/1")
@frozen
class FindingsSuppressed:
    """Somebody answers for it that findings of a rule are silenced for a while."""

    action: ClassVar[str] = "suppress"

    suppression: Suppression


@fact_type("security.finding_raised/1")
@frozen
class FindingRaised:
    """The breach watch found something.

    Attributes:
        response: What was made of it.
        raised: The stream of what was raised for it, or had been and was still open; empty for nothing.
    """

    finding: BreachFinding
    response: BreachResponse = BreachResponse.NOTHING
    raised: str = ""


@frozen(kw_only=True)
class BreachRecord:
    """What is on record of the breach watch.

    Attributes:
        findings: How many it has found.
    """

    version: int = 0
    policy: BreachPolicy = BreachPolicy()
    suppressions: tuple[Suppression, ...] = ()
    findings: int = 0

    def silenced(self, at: Instant) -> tuple[Suppression, ...]:
        """Answer what is silenced at an instant."""
        return tuple(suppression for suppression in self.suppressions if at < suppression.until)


def fold_breaches(facts: Iterable[Fact[Any]]) -> BreachRecord:
    """Answer what the facts of the breach watch's stream say."""
    record = BreachRecord()
    for fact in facts:
        record = evolve(record, version=fact.version)
        match fact.body:
            case BreachPolicySet(policy):
                record = evolve(record, policy=policy)
            case FindingsSuppressed(suppression):
                record = evolve(record, suppressions=(*record.suppressions, suppression))
            case FindingRaised():
                record = evolve(record, findings=record.findings + 1)
            case _:  # facts of later versions may add what this one does not know
                pass
    return record
