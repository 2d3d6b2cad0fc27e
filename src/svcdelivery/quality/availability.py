"""Availability and what breaks it: agreed service time, outages, and the mean times between and until restoration.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from attrs import Attribute, evolve, field, frozen
from attrs.converters import optional

from svcdelivery.errors import EmptyIntervalError, InvalidValueError
from svcdelivery.facts import to_fraction
from svcdelivery.quality.measurement import Measurement, mean_time
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, Interval, IntervalSet, to_instant, to_micros
from svcdelivery.timeline.spans import Spans, intersect, measure, normalize, subtract

__all__ = [
    "AgreedTime",
    "Outage",
    "RestorationParts",
    "agreed_time",
    "availability",
    "exact_time",
    "mean_time_between_failures",
    "mean_time_between_incidents",
    "mean_time_to_restore",
    "restoration_parts",
]


def _share(_outage: object, attribute: Attribute[Fraction], value: Fraction) -> None:
    if not 0 < value <= 1:
        raise InvalidValueError(what="a share of the scope", value=value, path=attribute.name, hint="over 0, at most 1")


@frozen(kw_only=True)
class Outage:
    """A time during which a service, or a part of it, was not there.

    Attributes:
        began_at: When it began.
        restored_at: When the service was there again; None while it lasts.
        share: The part of the scope that was out, such as 1/4 for one site of four.
        detected_at: When the provider knew.
        diagnosed_at: When the cause was known.
        repaired_at: When the cause was gone; the service may still have had to be restored.

    Raises:
        EmptyIntervalError: Its instants do not come in this order.
    """

    id: str
    began_at: Instant = field(converter=to_instant)
    restored_at: Instant | None = field(default=None, converter=optional(to_instant))
    share: Fraction = field(default=Fraction(1), converter=to_fraction, validator=_share)
    detected_at: Instant | None = field(default=None, converter=optional(to_instant))
    diagnosed_at: Instant | None = field(default=None, converter=optional(to_instant))
    repaired_at: Instant | None = field(default=None, converter=optional(to_instant))

    def __attrs_post_init__(self) -> None:
        known = [at for at in (self.began_at, *self._stages(), self.restored_at) if at is not None]
        for earlier, later in pairwise(known):
            if later < earlier:
                raise EmptyIntervalError(start=earlier, end=later)

    def _stages(self) -> tuple[Instant | None, ...]:
        return self.detected_at, self.diagnosed_at, self.repaired_at


@frozen(kw_only=True)
class AgreedTime:
    """The time in a window during which the service was promised.

    Attributes:
        window: From when until when.
        spans: The promised time: open hours less what the agreement excludes.
        excluded: Open time taken out, such as agreed maintenance.
    """

    window: Interval
    spans: Spans
    excluded: timedelta

    @property
    def length(self) -> timedelta:
        """How long it is altogether."""
        return timedelta(microseconds=measure(self.spans))


def agreed_time(
    window: Interval, hours: ServiceHours | None = None, *, exclusions: IntervalSet | None = None
) -> AgreedTime:
    """Answer the agreed service time of a window.

    Args:
        hours: When the service is promised; None means round the clock.
        exclusions: What the agreement takes out; nothing else may be passed here.

    Raises:
        NotCoveredError: The closed dates of a year in the window are not known.
    """
    start, end = to_micros(window.start), to_micros(window.end)
    promised: Spans = ((start, end),) if hours is None else hours.spans(start, end)
    left = promised if exclusions is None else subtract(promised, exclusions.spans)
    lost = timedelta(microseconds=measure(promised) - measure(left))
    return AgreedTime(window=window, spans=left, excluded=lost)


_AVAILABILITY = (
    "agreed service time less outages, of the agreed service time; outages that overlap count once, with the largest "
    "share that is out; one that still lasts is cut at the end of the window"
)


def availability(agreed: AgreedTime, outages: Iterable[Outage]) -> Measurement:
    """Answer the share of the agreed service time during which the service was there; None where none was agreed."""
    total = measure(agreed.spans)
    lost, lasting = _lost(agreed, tuple(outages))
    return Measurement(
        name="availability",
        value=1 - lost / total if total else None,
        unit="share",
        inputs=(
            ("agreed service time", timedelta(microseconds=total)),
            ("downtime", exact_time(lost)),
            ("outages that still last", lasting),
        ),
        excluded=(("agreed exclusions", agreed.excluded),) if agreed.excluded else (),
        convention=_AVAILABILITY,
    )


def exact_time(micros: Fraction) -> Fraction | timedelta:
    """Answer a time of so many microseconds; one with parts of a microsecond, of a share, stays a number of them."""
    return timedelta(microseconds=int(micros)) if micros.denominator == 1 else micros


def _lost(agreed: AgreedTime, outages: Sequence[Outage]) -> tuple[Fraction, int]:
    """Answer the weighted microseconds lost, and how many outages last beyond the window."""
    end = to_micros(agreed.window.end)
    lost = Fraction(0)
    covered: Spans = ()
    lasting = 0
    spans: dict[Fraction, list[tuple[int, int]]] = {}
    for outage in outages:
        began = to_micros(outage.began_at)
        if began >= end:
            continue
        restored = end if outage.restored_at is None else to_micros(outage.restored_at)
        lasting += outage.restored_at is None or restored > end
        spans.setdefault(outage.share, []).append((began, restored))
    for share in sorted(spans, reverse=True):
        there = intersect(normalize(spans[share]), agreed.spans)
        lost += share * measure(subtract(there, covered))
        covered = normalize((*covered, *there))
    return lost, lasting


def _in_window(agreed: AgreedTime, outages: Iterable[Outage]) -> list[Outage]:
    return [outage for outage in outages if outage.began_at in agreed.window]


def _uptime(agreed: AgreedTime, outages: Sequence[Outage]) -> timedelta:
    whole = IntervalSet.from_spans(agreed.spans)
    end = agreed.window.end
    down = [
        Interval(o.began_at, o.restored_at or end)
        for o in outages
        if o.began_at < end and (o.restored_at or end) > o.began_at
    ]
    return (whole - IntervalSet(down)).duration


def mean_time_to_restore(window: Interval, outages: Iterable[Outage]) -> Measurement:
    """Answer the mean wall time from the beginning of an outage to the service being there again (MTRS).

    Outages that began in the window count; those that still last have no length yet and are told apart.
    """
    began = [outage for outage in outages if outage.began_at in window]
    lengths = [datetime.__sub__(o.restored_at, o.began_at) for o in began if o.restored_at is not None]
    total = sum(lengths, timedelta(0))
    return mean_time(
        "mean time to restore service",
        total,
        ("restored outages", len(lengths)),
        of="time to restore",
        convention="wall time from beginning to restoration, of outages that began in the window and are restored",
        excluded=[("outages that still last", len(began) - len(lengths))],
    )


def mean_time_between_failures(agreed: AgreedTime, outages: Iterable[Outage]) -> Measurement:
    """Answer the uptime for each failure (MTBF); without a failure there is a lower bound and no value."""
    known = tuple(outages)
    uptime = _uptime(agreed, known)
    failures = len(_in_window(agreed, known))
    measured = mean_time(
        "mean time between failures",
        uptime,
        ("failures", failures),
        of="uptime",
        convention="agreed service time without outage, whatever their share, for each outage that began in the window",
    )
    return measured if failures else evolve(measured, at_least=uptime)


def mean_time_between_incidents(agreed: AgreedTime, outages: Iterable[Outage]) -> Measurement:
    """Answer the agreed time for each failure (MTBSI), uptime and downtime together."""
    failures = len(_in_window(agreed, outages))
    measured = mean_time(
        "mean time between service incidents",
        agreed.length,
        ("failures", failures),
        of="agreed service time",
        convention="agreed service time, outages included, for each outage that began in the window",
    )
    return measured if failures else evolve(measured, at_least=agreed.length)


@frozen(kw_only=True)
class RestorationParts:
    """Where the time of restored outages went; the parts add up to the whole.

    Attributes:
        unknown: The time of stretches whose end nobody noted.
        whole: From beginning to restoration, all outages together.
    """

    detection: timedelta
    diagnosis: timedelta
    repair: timedelta
    restoration: timedelta
    unknown: timedelta
    whole: timedelta
    outages: int


def restoration_parts(window: Interval, outages: Iterable[Outage]) -> RestorationParts:
    """Answer the expanded incident lifecycle of the outages that began in the window and are restored.

    A stretch counts for the stage it ends with; a stage nobody noted is not guessed: the stretch over it is unknown.
    """
    parts = dict.fromkeys(("detection", "diagnosis", "repair", "restoration", "unknown"), timedelta(0))
    restored = [o for o in outages if o.began_at in window and o.restored_at is not None]
    for outage in restored:
        at, noted = outage.began_at, True
        stages = (
            ("detection", outage.detected_at),
            ("diagnosis", outage.diagnosed_at),
            ("repair", outage.repaired_at),
            ("restoration", outage.restored_at),
        )
        for stage, until in stages:
            if until is None:
                noted = False
                continue
            parts[stage if noted else "unknown"] += datetime.__sub__(until, at)
            at, noted = until, True
    return RestorationParts(**parts, whole=sum(parts.values(), timedelta(0)), outages=len(restored))
