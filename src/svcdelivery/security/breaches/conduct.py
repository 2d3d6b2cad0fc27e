"""Rules on how actors behave: denials, probing, sites, volume."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from svcdelivery.security.breaches.finding import BreachFinding, BreachRule, SignedIn
from svcdelivery.security.breaches.seen import Bounded, Seen
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.timeline import Instant, to_micros

__all__ = ["ManyDenials", "Probing", "TwoSites", "UnusualVolume"]

_HOUR = 3_600_000_000
_PROBES_KEPT_MOST = 64


class ManyDenials:
    """R1: many denials of one actor in a short time."""

    def __init__(self, settings: BreachSettings) -> None:
        self._settings = settings
        self._denied: Bounded[str, deque[tuple[Instant, int]]] = Bounded(settings.kept_most)

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding when the last of too many denials is close to the first."""
        logged, most = seen.logged, self._settings.denials
        if logged is None or logged.allowed:
            return
        actor = str(seen.fact.actor)
        denied = self._denied.get(actor)
        denied = self._denied.put(actor, deque(maxlen=most) if denied is None else denied)
        denied.append((seen.at, seen.fact.position))
        within = self._settings.denials_within
        if len(denied) == most and datetime.__sub__(seen.at, denied[0][0]) <= within:
            said = f"{actor} was denied {most} times within {within}"
            yield seen.finding(BreachRule.MANY_DENIALS, actor, said, since=denied[0])


class Probing:
    """R2: denials of one actor over many agreements, or over many items that are not there."""

    def __init__(self, settings: BreachSettings) -> None:
        self._settings = settings
        self._denied: Bounded[str, deque[tuple[Instant, int, str]]] = Bounded(settings.kept_most)

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding when too many agreements are among the recent denials."""
        logged = seen.logged
        if logged is None or logged.allowed:
            return
        actor, settings = str(seen.fact.actor), self._settings
        denied = self._denied.get(actor)
        denied = self._denied.put(actor, deque(maxlen=_PROBES_KEPT_MOST) if denied is None else denied)
        denied.append((seen.at, seen.fact.position, logged.agreement or logged.item))
        while datetime.__sub__(seen.at, denied[0][0]) > settings.agreements_within:
            denied.popleft()
        places = {place for *_, place in denied}
        if len(places) >= settings.agreements:
            said = f"{actor} was denied on {len(places)} agreements or items within {settings.agreements_within}"
            yield seen.finding(BreachRule.PROBING, actor, said, since=denied[0][:2])


class TwoSites:
    """R11: one actor at two sites at once."""

    def __init__(self, settings: BreachSettings) -> None:
        self._within = settings.sites_within
        self._last: Bounded[str, tuple[Instant, int, str]] = Bounded(settings.kept_most)

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding when the site is another than a moment ago."""
        body = seen.fact.body
        if not isinstance(body, SignedIn):
            return
        actor = str(seen.fact.actor)
        last = self._last.get(actor)
        self._last.put(actor, (seen.at, seen.fact.position, body.site))
        if last is not None and last[2] != body.site and datetime.__sub__(seen.at, last[0]) <= self._within:
            said = f"{actor} signed in at {last[2]} and at {body.site} within {self._within}"
            yield seen.finding(BreachRule.TWO_SITES, actor, said, since=last[:2])


class UnusualVolume:
    """R12: one actor does far more in an hour than is usual for them."""

    def __init__(self, settings: BreachSettings) -> None:
        self._settings = settings
        # Of each actor: the hour, what was done in it, active hours before, and what their usual hour is, in tenths.
        self._hours: Bounded[str, tuple[int, int, int, int]] = Bounded(settings.kept_most)

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding when this hour's work is too many times the usual."""
        logged, settings = seen.logged, self._settings
        if logged is None or not logged.allowed:
            return
        actor, hour = str(seen.fact.actor), to_micros(seen.at) // _HOUR
        last, done, active, usual = self._hours.get(actor) or (hour, 0, 0, 0)
        if hour != last:
            # The usual hour follows slowly: a burst must not become usual by being there.
            usual = done * 10 if active == 0 else (usual * 9 + done * 10) // 10
            last, done, active = hour, 0, active + 1
        done += 1
        self._hours.put(actor, (last, done, active, usual))
        most = max(settings.volume_least, settings.volume_factor * usual // 10)
        if active >= settings.volume_hours and done == most + 1:
            said = f"{actor} was allowed {done} times in an hour, where {usual / 10:.1f} are usual"
            yield seen.finding(BreachRule.UNUSUAL_VOLUME, actor, said)
