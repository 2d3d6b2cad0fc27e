"""Operate a service system to deliver services in accordance with service agreements.

The names below are the library's front door; each is loaded when it is first asked for. Everything else is imported
from the room it lives in, for instance `from svcdelivery.storage.sqlite import SqliteStore`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svcdelivery.agreement import AgreementRevision, ServiceAgreement
    from svcdelivery.agreement.document import parse_agreement
    from svcdelivery.clock import ClockReading, read_clocks
    from svcdelivery.desk import ServiceDesk
    from svcdelivery.errors import ServiceDeliveryError
    from svcdelivery.exchange.agreements import load_agreement
    from svcdelivery.facts import Fact, known_at
    from svcdelivery.identity import Actor
    from svcdelivery.service_hours import ServiceHours
    from svcdelivery.timeline import Interval, parse_duration, parse_instant, to_instant

__all__ = [
    "Actor",
    "AgreementRevision",
    "ClockReading",
    "Fact",
    "Interval",
    "ServiceAgreement",
    "ServiceDeliveryError",
    "ServiceDesk",
    "ServiceHours",
    "known_at",
    "load_agreement",
    "parse_agreement",
    "parse_duration",
    "parse_instant",
    "read_clocks",
    "to_instant",
]

_HOMES = {
    "Actor": "identity",
    "AgreementRevision": "agreement",
    "ClockReading": "clock",
    "Fact": "facts",
    "Interval": "timeline",
    "ServiceAgreement": "agreement",
    "ServiceDeliveryError": "errors",
    "ServiceDesk": "desk",
    "ServiceHours": "service_hours",
    "known_at": "facts",
    "load_agreement": "exchange.agreements",
    "parse_agreement": "agreement.document",
    "parse_duration": "timeline",
    "parse_instant": "timeline",
    "read_clocks": "clock",
    "to_instant": "timeline",
}


if not TYPE_CHECKING:  # to a type checker it would hide misspelt names

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module `svcdelivery` has no attribute `{name}`")
        value = getattr(import_module(f"svcdelivery.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
