"""Who is to be told of a security incident, as the document says it."""

from __future__ import annotations

from svcdelivery.agreement.document.promises import Names
from svcdelivery.agreement.document.targets import read_goal
from svcdelivery.agreement.notification import AwareSince, NotificationDuty
from svcdelivery.documents import Cursor

__all__ = ["read_notifications"]


def read_notifications(at: Cursor, names: Names, customer: str) -> tuple[NotificationDuty, ...]:
    """Answer the duties of a mapping of names to duties; without a party the customer is to be told."""
    found = [
        _read_duty(name, entry, names, customer)
        for name, entry in at.entries("the name of a notification duty", optional=True)
    ]
    return tuple(duty for duty in found if duty is not None)


def _read_duty(name: str, at: Cursor, names: Names, customer: str) -> NotificationDuty | None:
    with at.mapping() as fields:
        party = fields["party"].identifier("the id of a party", default=customer or "customer")
        within = read_goal(fields)
        hours = fields["hours"].known(names.hours, "service hours", default=None)
        since = fields["since"].choice(
            [one.value for one in AwareSince], "beginning", default=AwareSince.REPORTED.value
        )
        clause = fields["clause"].text(default="")
    return at.made(
        lambda: NotificationDuty(
            name=name,
            party=party,
            within=within(),  # type: ignore[arg-type]
            hours=hours,
            since=AwareSince(since),
            clause=clause,
        )
    )
