"""Samples: what probes measured, each counted once, in whatever order and batches it comes.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import to_fraction
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, to_instant, to_micros

__all__ = ["Sample", "Samples", "Series"]


@frozen(kw_only=True)
class Sample:
    """One value of one probe at one instant.

    Attributes:
        id: Always the same for the same measurement, so that one told twice counts once.
        probe: What was measured where, such as `web/latency`.
    """

    id: str = field(converter=identifier)
    probe: str = field(converter=identifier)
    at: Instant = field(converter=to_instant)
    value: Fraction = field(converter=to_fraction)


class Series:
    """The samples of one probe, oldest first; of one instant by id."""

    __slots__ = ("_moments", "samples")

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples = tuple(sorted(samples, key=_place))
        self._moments = [to_micros(sample.at) for sample in self.samples]

    def between(self, start: datetime, end: datetime) -> tuple[Sample, ...]:
        """Answer the samples in `[start, end)`."""
        first, last = (bisect_left(self._moments, to_micros(to_instant(at))) for at in (start, end))
        return self.samples[first:last]

    def upto(self, now: datetime) -> tuple[Sample, ...]:
        """Answer the samples until an instant, that one included."""
        return self.samples[: bisect_left(self._moments, to_micros(to_instant(now)) + 1)]

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def __len__(self) -> int:
        return len(self.samples)

    def __eq__(self, other: object) -> bool:
        return self.samples == other.samples if isinstance(other, Series) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.samples)


class Samples:
    """Everything that was measured. The same samples in any order and any batches make an equal collection."""

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        self._by_id: dict[str, Sample] = {}
        self._by_probe: dict[str, list[Sample]] = {}
        self._series: dict[str, Series] = {}
        self.add(samples)

    def add(self, samples: Iterable[Sample]) -> int:
        """Take samples in, and answer how many were new.

        Raises:
            InvalidValueError: A sample of a known id that says something else; nothing of the batch is taken in then.
        """
        new: dict[str, Sample] = {}
        for sample in samples:
            known = self._by_id.get(sample.id) or new.get(sample.id)
            if known is None:
                new[sample.id] = sample
            elif known != sample:
                problem = f"{known.probe} at {known.at} was {known.value}"
                raise InvalidValueError(what="the sample it was", value=sample.id, path="id", problem=problem)
        self._by_id.update(new)
        for sample in new.values():
            self._by_probe.setdefault(sample.probe, []).append(sample)
            self._series.pop(sample.probe, None)
        return len(new)

    def series(self, probe: str) -> Series:
        """Answer the samples of a probe; none for one nobody has heard of."""
        found = self._series.get(probe)
        if found is None:
            found = self._series[probe] = Series(self._by_probe.get(probe, ()))
        return found

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes there are samples of, by name."""
        return tuple(sorted(self._by_probe))

    def __len__(self) -> int:
        return len(self._by_id)

    def __eq__(self, other: object) -> bool:
        return self._by_id == other._by_id if isinstance(other, Samples) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


def _place(sample: Sample) -> tuple[Instant, str]:
    return sample.at, sample.id
