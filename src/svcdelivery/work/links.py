"""Links between items: duplicates, merges, splits and causes, told on both sides where clocks have to know."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, ClassVar

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.facts import Fact, fact_type
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work.corrections import still_valid

__all__ = ["Absorbed", "LinkKind", "Linked", "SurvivorMoved", "causes_of"]


class LinkKind(Enum):
    """What an item is to another one.

    Attributes:
        absorbs: Whether the other one stands for both from then on.
    """

    DUPLICATE_OF = "duplicate_of"
    MERGED_INTO = "merged_into"
    SPLIT_FROM = "split_from"
    CAUSED_BY = "caused_by"

    absorbs: bool

    def __init__(self, value: str) -> None:
        self.absorbs = value in {"duplicate_of", "merged_into"}


@fact_type("work.linked/1")
@frozen(kw_only=True)
class Linked:
    """The item was linked to another one; what becomes of its clocks is the agreement's to say.

    Attributes:
        item: The stream of the other one, such as `incident:7`; of a cause also that of a problem, `problem:7`.
        received_at: When the other one came in.
    """

    kind: LinkKind
    item: str = field(converter=identifier)
    received_at: Instant | None = field(default=None, converter=optional(to_instant))
    ground: str = ""

    @property
    def signals(self) -> tuple[str, ...]:
        """The kind of the link."""
        return (self.kind.value,)


@fact_type("work.absorbed/1")
@frozen(kw_only=True)
class Absorbed:
    """The item stands for another one as well, a duplicate of it or one merged into it.

    Attributes:
        item: The stream of the other one.
        received_at: When the other one came in.
    """

    signals: ClassVar[tuple[str, ...]] = ("absorbed",)

    item: str = field(converter=identifier)
    received_at: Instant = field(converter=to_instant)


@fact_type("work.survivor_moved/1")
@frozen(kw_only=True)
class SurvivorMoved:
    """The item that stands for this one was done, or is open again.

    Attributes:
        item: The stream of the other one.
    """

    item: str = field(converter=identifier)
    is_done: bool

    @property
    def signals(self) -> tuple[str, ...]:
        """Which of the two."""
        return ("survivor_done",) if self.is_done else ("survivor_reopened",)


def causes_of(facts: Sequence[Fact[Any]]) -> tuple[str, ...]:
    """Answer the streams of what an item was caused by, each once, in the order of record; mistaken links left out."""
    bodies = (fact.body for fact in still_valid(facts) if isinstance(fact.body, Linked))
    return tuple(dict.fromkeys(body.item for body in bodies if body.kind is LinkKind.CAUSED_BY))
