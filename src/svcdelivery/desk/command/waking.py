"""What a due wake-up is to those who handle it, and what they answer: all of it one transaction with its settling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import WATCH
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.facts import Fact
from svcdelivery.storage.protocol import Due, Unit, Write
from svcdelivery.timeline import Instant

__all__ = ["WATCH", "WatchHandler", "Waking", "Woken"]


@frozen(kw_only=True)
class Waking:
    """A wake-up whose instant has come.

    Attributes:
        unit: To read from; it writes nothing.
        now: Not before anything on record.
    """

    timer: Due
    unit: Unit
    engine: Engine
    now: Instant


@frozen(kw_only=True)
class Woken:
    """What a wake-up comes to. Without anything it is only disarmed.

    Attributes:
        writes: Facts by stream, with the versions they rely on; a write without facts relies on a version only.
        after: Answers what follows from the recorded facts. It is asked in the transaction that settles the wake-up,
            while nobody else writes for the tenant, and may read what it needs there.
    """

    writes: Sequence[Write] = ()
    after: Callable[[tuple[Fact[Any], ...], Unit], Consequences] | None = None


@frozen
class WatchHandler:
    """Who handles which wake-ups.

    To add one, write a function from `Waking` to `Woken` that reads what is on record, answers facts, and in `after`
    rows, further wake-ups and messages; then put `WatchHandler(kind, name, function)` into the table in
    `desk.watch.table`. The function may be asked again on a conflict, so it changes nothing by itself; whatever it
    raises is reported, and the wake-up comes again later.

    Attributes:
        kind: What the name of the stream begins with, up to its colon.
        name: What the name of the wake-up begins with; empty for any.
    """

    kind: str
    name: str
    wake: Callable[[Waking], Woken]

    def handles(self, stream: str, name: str) -> bool:
        """Answer whether a wake-up of that stream and name is for this one."""
        return stream.partition(":")[0] == self.kind and name.startswith(self.name)
