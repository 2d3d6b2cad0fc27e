"""The thresholds of the breach watch, and the bounds of its memory."""

from __future__ import annotations

from datetime import timedelta

from attrs import field, fields, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import LEFT_OUT
from svcdelivery.security.vulnerability.policy import BOD_26_04, RemediationPolicy

__all__ = ["BreachSettings"]


@frozen(kw_only=True)
class BreachSettings:
    """From when on something is worth a look.

    Attributes:
        denials: R1: so many denials of one actor within `denials_within`.
        agreements: R2: denials of one actor over so many agreements or unknown items within `agreements_within`.
        hasty_within: R9: a grant used so soon after it was given.
        dormant_for: R10: a grant used after it lay unused for so long.
        sites_within: R11: two sites of one actor within this.
        volume_least: R12: allowed decisions in one hour below which nothing is unusual.
        volume_factor: R12: how many times the actor's own usual hour is unusual.
        volume_hours: R12: active hours before an actor has a usual one.
        delivering: The actions that deliver a service.
        policies: R14: by which vulnerabilities are overdue, until the log names others.
        quiet_for: A finding of the same rule and subject is not raised again within this.
        kept_most: How many actors, items and grants are remembered; those longest unseen are forgotten.
    """

    denials: int = 10
    denials_within: timedelta = timedelta(minutes=10)
    agreements: int = 5
    agreements_within: timedelta = timedelta(hours=1)
    hasty_within: timedelta = timedelta(minutes=5)
    dormant_for: timedelta = timedelta(days=90)
    sites_within: timedelta = timedelta(minutes=10)
    volume_least: int = 60
    volume_factor: int = 6
    volume_hours: int = 8
    delivering: frozenset[str] = frozenset({"fulfill", "resolve"})
    policies: tuple[RemediationPolicy, ...] = field(default=(BOD_26_04,), metadata=LEFT_OUT)
    quiet_for: timedelta = timedelta(hours=24)
    kept_most: int = 20_000

    def __attrs_post_init__(self) -> None:
        for attribute in fields(type(self)):
            value = getattr(self, attribute.name)
            if (isinstance(value, int) and value < 1) or (isinstance(value, timedelta) and value <= timedelta(0)):
                raise InvalidValueError(
                    what="a threshold", value=str(value), path=attribute.name, hint="more than nothing"
                )
