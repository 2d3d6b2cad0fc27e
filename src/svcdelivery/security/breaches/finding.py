"""What the breach watch answers: findings, each with its rule and the entries it rests on; and what silences one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import fact_type, in_words
from svcdelivery.identity import identifier
from svcdelivery.security.vulnerability.values import Severity
from svcdelivery.timeline import Instant, to_instant

__all__ = ["SEVERITIES", "BreachFinding", "BreachRule", "SignedIn", "Suppression"]


class BreachRule(Enum):
    """What the watch looks for, by the numbers the documentation uses."""

    MANY_DENIALS = "R1"
    PROBING = "R2"
    OUTSIDE_WINDOW = "R3"
    AFTER_REVOCATION = "R4"
    DELIVERY_WITHOUT_DECISION = "R5"
    SERVICE_NOT_AGREED = "R6"
    DUTIES_NOT_SEPARATE = "R7"
    GLASS_NOT_REVIEWED = "R8"
    HASTY_GRANT = "R9"
    DORMANT_GRANT = "R10"
    TWO_SITES = "R11"
    UNUSUAL_VOLUME = "R12"
    LOG_GAP = "R13"
    OVERDUE_VULNERABILITY = "R14"
    DECISION_DIFFERS = "R15"


SEVERITIES: Mapping[BreachRule, Severity] = MappingProxyType({
    BreachRule.MANY_DENIALS: Severity.MEDIUM,
    BreachRule.PROBING: Severity.HIGH,
    BreachRule.OUTSIDE_WINDOW: Severity.HIGH,
    BreachRule.AFTER_REVOCATION: Severity.CRITICAL,
    BreachRule.DELIVERY_WITHOUT_DECISION: Severity.CRITICAL,
    BreachRule.SERVICE_NOT_AGREED: Severity.CRITICAL,
    BreachRule.DUTIES_NOT_SEPARATE: Severity.HIGH,
    BreachRule.GLASS_NOT_REVIEWED: Severity.MEDIUM,
    BreachRule.HASTY_GRANT: Severity.MEDIUM,
    BreachRule.DORMANT_GRANT: Severity.LOW,
    BreachRule.TWO_SITES: Severity.HIGH,
    BreachRule.UNUSUAL_VOLUME: Severity.LOW,
    BreachRule.LOG_GAP: Severity.CRITICAL,
    BreachRule.OVERDUE_VULNERABILITY: Severity.HIGH,
    BreachRule.DECISION_DIFFERS: Severity.CRITICAL,
})  # fmt: skip
"""How grave a finding of each rule is."""


@frozen(kw_only=True)
class BreachFinding:
    """Something in the log that may be a breach.

    Attributes:
        subject: Whom or what it is about: an actor, a grant, a stream.
        entries: The positions it rests on, the first and the last among them.
        first: When the first of them was recorded.
        last: When the last of them was recorded.
    """

    rule: BreachRule
    subject: str
    entries: tuple[int, ...]
    first: Instant
    last: Instant
    explanation: str

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return SEVERITIES[self.rule]

    @property
    def key(self) -> str:
        """What it is known by: a rule and a subject."""
        return f"{self.rule.value} {self.subject}"


@frozen(kw_only=True)
class Suppression:
    """Silences findings of a rule until an instant, for a ground somebody answers for.

    Attributes:
        subject: Whom or what it is about; empty for any.

    Raises:
        InvalidValueError: No ground, or nobody who answers for it.
    """

    rule: BreachRule
    until: Instant = field(converter=to_instant)
    ground: str
    by: str = field(converter=identifier)
    subject: str = ""

    def __attrs_post_init__(self) -> None:
        in_words(self.ground, "ground", what="a ground")

    def check_end(self, now: Instant) -> None:
        """Insist that it ends after now.

        Raises:
            InvalidValueError: It has ended already.
        """
        if self.until <= now:
            raise InvalidValueError(what="an end still to come", value=str(self.until), path="until")

    def silences(self, finding: BreachFinding, at: datetime) -> bool:
        """Answer whether it silences a finding at an instant."""
        return finding.rule is self.rule and self.subject in ("", finding.subject) and at < self.until


@fact_type("security.signed_in/1")
@frozen
class SignedIn:
    """The actor of the fact signed in at a site: a building, a network, a country."""

    site: str = field(converter=identifier)
