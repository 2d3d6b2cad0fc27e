"""What the document asks for by itself: standing requests that come again, and services that are simply there."""

from __future__ import annotations

from datetime import date, time

from svcdelivery.agreement.document.credits import read_periods
from svcdelivery.agreement.document.hours import read_date
from svcdelivery.agreement.document.promises import Names
from svcdelivery.agreement.standing import (
    INTERVAL_MOST,
    LAST_DAY,
    ContinuousDuty,
    Every,
    OnClosedDay,
    Recurrence,
    StandingRequest,
)
from svcdelivery.documents import Code, Cursor, Fields
from svcdelivery.errors import InvalidValueError, quoted

__all__ = ["read_standing"]

_LAST = "last"


def read_standing(
    at: Cursor, names: Names, zone: str
) -> tuple[tuple[StandingRequest, ...], tuple[ContinuousDuty, ...]]:
    """Answer the standing requests and the continuous duties of a mapping of names to either."""
    requests: list[StandingRequest] = []
    duties: list[ContinuousDuty] = []
    for name, entry in at.entries("the name of a standing request", optional=True):
        with entry.mapping() as fields:
            if "continuous" in fields:
                duty = _read_duty(name, entry, fields, names, zone)
                duties += [duty] if duty is not None else []
            else:
                request = _read_request(name, entry, fields, names)
                requests += [request] if request is not None else []
    return tuple(requests), tuple(duties)


def _read_duty(name: str, at: Cursor, fields: Fields, names: Names, zone: str) -> ContinuousDuty | None:
    service = fields["service"].known(names.services, "service")
    requester = fields["requester"].identifier("the id of a requester")
    periods = read_periods(fields["continuous"], zone)
    clause = fields["clause"].text(default="")
    return at.made(
        lambda: ContinuousDuty(id=name, service=service, requester=requester, periods=periods, clause=clause)  # type: ignore[arg-type]
    )


def _read_request(name: str, at: Cursor, fields: Fields, names: Names) -> StandingRequest | None:
    service = fields["service"].known(names.services, "service")
    requester = fields["requester"].identifier("the id of a requester")
    recurrence = _read_recurrence(at, fields)
    comes_at = fields["at"].converted(_time, "a time of day such as 06:00")
    hours = fields["hours"].known(names.hours, "service hours")
    closed = fields["on_closed_day"].choice(
        [rule.value for rule in OnClosedDay], "rule", default=OnClosedDay.KEEP.value
    )
    first: date | None = fields["from"].converted(read_date, "a date", default=None)
    until: date | None = fields["until"].converted(read_date, "a date", default=None)
    priority = fields["priority"].known(names.priorities, "priority", default=None)
    summary, clause = fields["summary"].text(default=""), fields["clause"].text(default="")
    return at.made(
        lambda: StandingRequest(
            id=name,
            service=service,
            requester=requester,
            recurrence=recurrence,  # type: ignore[arg-type]
            at=comes_at,  # type: ignore[arg-type]
            hours=hours,
            on_closed_day=OnClosedDay(closed),
            first=first,
            until=until,
            priority=priority,
            summary=summary,
            clause=clause,
        )
    )


def _read_recurrence(at: Cursor, fields: Fields) -> Recurrence | None:
    every = fields["every"].choice([unit.value for unit in Every], "unit")
    interval = fields["interval"].whole(1, INTERVAL_MOST, default=1)
    days, day = "mon", 1
    on = fields["on"]
    if every == Every.WEEK.value:
        days = on.text() or days
    elif every == Every.MONTH.value:
        day = LAST_DAY if on.value == _LAST else on.whole(1, 31)
    elif on.is_given:
        on.refuse(Code.CONTRADICTION, "every day needs no `on`", "leave it out, or say `every: week`")
    if not at.reader.is_clean(at.steps):
        return None
    return on.made(lambda: Recurrence(every=Every(every), interval=interval, weekdays=days, day=day))


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError as error:
        raise InvalidValueError(what="a time of day", value=text, hint="such as 06:00") from error
    if found.tzinfo is not None:
        raise InvalidValueError(what="a wall time", value=text, problem=f"{quoted('hours')} have the zone")
    return found
