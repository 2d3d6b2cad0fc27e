"""What fell due in an escalation and was not taken up yet."""

from __future__ import annotations

from svcdelivery.agreement import EscalationKind, EscalationTarget

__all__ = ["Pending"]


class Pending:
    """One firing nobody has taken up; `stale` says why it is no longer called for, once it is not.

    `place` is level, run and round; a level of -1 is a question put to whoever acknowledged.

    `stop` tells what makes it stale: 0 an acknowledgement, 1 the end of the work, 2 nothing; -1 is a question put to
    whoever acknowledged, which any answer ends.
    """

    __slots__ = ("due", "forced", "key", "kind", "place", "reason", "stale", "stop", "target")

    def __init__(self, key: str, due: int, reason: str, place: tuple[int, int, int], *, stop: int) -> None:
        self.key, self.due, self.reason, self.place, self.stop = key, due, reason, place, stop
        self.target: EscalationTarget | None = None
        self.kind: EscalationKind | None = None
        self.forced = False
        self.stale: str | None = None
