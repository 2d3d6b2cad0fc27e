"""The machine's clock, as the desk's source of time."""

from __future__ import annotations

from time import time_ns

from svcdelivery.timeline import Instant, from_micros

__all__ = ["SystemTime"]


class SystemTime:
    """Answers the machine's present instant, cut to the microsecond."""

    def now(self) -> Instant:
        """Answer the present instant, in UTC."""
        return from_micros(time_ns() // 1000)
