"""What a reading was worked out from: kept beside it, so that nobody pays for an explanation who does not read it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from attrs import define

from svcdelivery.agreement import AgreementRevision, ServiceLevelTarget
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.due import Span
from svcdelivery.clock.segments import Segment
from svcdelivery.work import Step

__all__ = ["Basis", "Postponed"]


@define(eq=False)
class Basis:
    """The terms and the course of one started clock.

    Attributes:
        choice: Which target was chosen, and before which others, in words.
        steps: What happened to the item, up to the instant of the reading.
        chosen_at: The step whose service and priority chose the target.
        earlier: What counted before under other terms, and was carried over by an amendment; in order.
    """

    revision: AgreementRevision
    target: ServiceLevelTarget
    counting: Counting
    span: Span
    choice: Callable[[], str]
    steps: Sequence[Step]
    chosen_at: Step
    earlier: tuple[Basis, ...] = ()

    @property
    def segments(self) -> Sequence[Segment]:
        """The clock's time, cut where it began to run or to stand still."""
        if not self.earlier:
            return self.span.segments
        return [segment for part in (*self.earlier, self) for segment in part.span.segments]


class Postponed(ABC):
    """The bases of an item's readings, worked out once somebody asks for one: most readers never do.

    Attributes:
        revision: The terms of all of them.
    """

    revision: AgreementRevision

    @cached_property
    def by_measure(self) -> Mapping[str, Basis]:
        """The basis of the one reading of each measure, by the measure's name."""
        return self.bases()

    @abstractmethod
    def bases(self) -> Mapping[str, Basis]:
        """Work them out."""
