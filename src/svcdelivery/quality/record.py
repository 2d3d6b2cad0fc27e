"""What a record of service delivery tells about its quality, for attributes to measure.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from svcdelivery.quality.availability import AgreedTime, Outage
from svcdelivery.quality.people import SafetyEvent, Tasks
from svcdelivery.quality.reliability import Counts
from svcdelivery.quality.responsiveness import Answer
from svcdelivery.timeline import Interval

__all__ = ["ServiceRecord", "ServiceTime"]


@frozen(kw_only=True)
class ServiceTime:
    """One service: the time it was promised for under one agreement, and when it was not there."""

    service: str
    agreement: str
    agreed: AgreedTime
    outages: tuple[Outage, ...] = ()


@frozen(kw_only=True)
class ServiceRecord:
    """What is on record of a window.

    Attributes:
        window: From the first fact to the last.
        answers: Each request and incident: when it came in, and when it was delivered for good.
        tasks: How they fared; those the provider turned down are not among them.
        deliveries: How many were ever delivered, and how many of these had to be reopened.
        services: The services that components on record serve; of others nobody knows whether they were there.
        safety: Events that harmed people, or nearly did.
    """

    window: Interval
    answers: Sequence[Answer] = ()
    tasks: Tasks = Tasks(begun=0, completed=0, abandoned=0)
    deliveries: Counts = Counts(0, 0)
    services: tuple[ServiceTime, ...] = ()
    safety: tuple[SafetyEvent, ...] = ()
