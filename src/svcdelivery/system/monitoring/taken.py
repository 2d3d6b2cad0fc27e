"""Samples on record: kept by probe and day, so that taking one in reads a day, and each counts once.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from attrs import field, frozen

from svcdelivery.facts import Fact, fact_type
from svcdelivery.system.monitoring.samples import Sample, Samples
from svcdelivery.timeline import to_instant

__all__ = ["SamplesTaken", "by_stream", "fold_samples", "new_samples", "sample_streams"]

_DAY = timedelta(days=1)


def _samples(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    return tuple(samples)


@fact_type("monitoring.samples_taken/1")
@frozen
class SamplesTaken:
    """A probe measured this, all of one day in UTC."""

    samples: tuple[Sample, ...] = field(converter=_samples)


def _stream(probe: str, day: date) -> str:
    return f"probe:{probe}/{day.isoformat()}"


def by_stream(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Answer samples by the streams that hold them, in the order they came."""
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(_stream(sample.probe, sample.at.date()), []).append(sample)
    return found


def sample_streams(probe: str, start: datetime, end: datetime) -> Iterator[str]:
    """Answer the streams that hold a probe's samples in `[start, end)`, oldest first."""
    since, until = to_instant(start), to_instant(end)
    day = since.date()
    while day <= until.date() and since < until:
        yield _stream(probe, day)
        day += _DAY


def fold_samples(facts: Iterable[Fact[Any]]) -> tuple[Sample, ...]:
    """Answer the samples the facts of a stream tell."""
    return tuple(one for fact in facts if isinstance(fact.body, SamplesTaken) for one in fact.body.samples)


def new_samples(known: Sequence[Sample], told: Iterable[Sample]) -> tuple[Sample, ...]:
    """Answer the samples that are not known yet, each once.

    Raises:
        InvalidValueError: A sample of a known id that says something else.
    """
    ids = {sample.id for sample in known}
    new: dict[str, Sample] = {}
    for sample in told:
        if sample.id not in ids:
            new.setdefault(sample.id, sample)
    together = Samples(known)
    together.add(told)
    return tuple(new.values())
