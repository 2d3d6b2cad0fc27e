"""When people turn to the desk: most in the office hours of their own zone, few at night and on weekends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant

__all__ = ["arrivals"]

_BY_HOUR = (1, 1, 0, 0, 0, 1, 2, 8, 20, 34, 36, 28, 14, 18, 30, 32, 24, 14, 6, 4, 3, 3, 2, 1)
_BY_WEEKDAY = (38, 34, 32, 32, 28, 4, 3)


def arrivals(random: Random, zone: str, first: date, days: int, count: int) -> Iterator[Instant]:
    """Answer so many instants within the days, in the order they were drawn.

    The days and times of day are those of the zone; on the night the clocks change, too.
    """
    clock = ServiceHours.always(zone)
    every_day = [first + timedelta(days=number) for number in range(days)]
    weights = [_BY_WEEKDAY[day.weekday()] for day in every_day]
    for day in random.choices(every_day, weights, k=count):
        (hour,) = random.choices(range(24), _BY_HOUR)
        yield clock.at_local(day, timedelta(hours=hour, seconds=random.randrange(3600)))
