"""What one clock of one item shows at an instant: a value, with the explanation behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import Enum
from fractions import Fraction

from attrs import field, frozen

from svcdelivery.agreement import AgreementRevision
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.explanation import Explanation, explain, shown_duration
from svcdelivery.clock.segments import Segment
from svcdelivery.timeline import Instant, tzdata_version
from svcdelivery.timeline.instant import duration_micros

__all__ = ["Basis", "ClockPhase", "ClockReading", "Verdict"]


class ClockPhase(Enum):
    """What a clock is doing."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Verdict(Enum):
    """What a clock has shown so far; none where there is nothing to judge."""

    NONE = "none"
    OPEN = "open"
    MET = "met"
    BREACHED = "breached"


@frozen
class Basis:
    """What an explanation is made of; kept so that nobody pays for one who does not read it."""

    revision: AgreementRevision
    counting: Counting
    segments: Sequence[Segment]
    choice: Callable[[], str]


@frozen(kw_only=True)
class ClockReading:
    """One clock of one item at one instant.

    Attributes:
        target: The name of the target in the agreement.
        started_at: None while the clock waits.
        goal: The duration that may pass, or the text of another goal, such as `by 16:00 of the same working day`.
        due_at: None while it waits or is cancelled; while it stands still with part of its goal left, None or what the
            target says is shown then; a stopped clock keeps it.
        due_is_provisional: Whether the clock stands still and `due_at` will be another once it goes on: no breach yet.
        allowed: Counted time from start to due, outside pauses; None where it is not known.
        elapsed: Service time (or wall time, as the goal says) counted so far; None where closed dates are not known.
        findings: What kept the reading from being complete.
    """

    measure: str
    target: str
    clause: str
    at: Instant
    phase: ClockPhase
    verdict: Verdict
    share_promised: Fraction
    goal: timedelta | str
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    due_at: Instant | None = None
    due_is_provisional: bool = False
    allowed: timedelta | None = None
    elapsed: timedelta | None = timedelta(0)
    exempted_by: str | None = None
    cycle: int = 1
    findings: tuple[str, ...] = ()
    _basis: Basis | None = field(default=None, eq=False, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether the clock still runs or stands still."""
        return self.phase in (ClockPhase.RUNNING, ClockPhase.PAUSED)

    @property
    def breached_at(self) -> Instant | None:
        """The due instant, once passed."""
        return self.due_at if self.verdict is Verdict.BREACHED else None

    @property
    def elapsed_wall(self) -> timedelta:
        """Wall time since the start outside pauses."""
        running = self._basis.segments if self._basis is not None else ()
        return timedelta(microseconds=sum(s.end - s.start for s in running if not s.pause))

    @property
    def remaining(self) -> timedelta | None:
        """The part of the goal not used up, never negative; None while the clock has not started or is cancelled."""
        if self._basis is None or self.elapsed is None or self.allowed is None:
            return None
        return max(timedelta(0), self.allowed - self.elapsed)

    @property
    def overdue(self) -> timedelta:
        """Counted time since due, never negative."""
        if self.elapsed is None or self.allowed is None:
            return timedelta(0)
        return max(timedelta(0), self.elapsed - self.allowed)

    @property
    def percent(self) -> Fraction | None:
        """Elapsed as a share of what is allowed, times 100; None when that is zero, or either is not known."""
        if not self.allowed or self.elapsed is None:
            return None
        return Fraction(100 * duration_micros(self.elapsed), duration_micros(self.allowed))

    @property
    def explanation(self) -> Explanation:
        """The spans behind the reading; they tile the time from start to stop, or to the instant of the reading."""
        basis = self._basis
        if basis is None:
            return Explanation(headline=self.headline, terms="not started", zone="UTC", spans=())
        clause = f"clause {self.clause}" if self.clause else f"target {self.target}"
        return explain(
            basis.segments,
            basis.counting,
            headline=self.headline,
            terms=(
                f"{basis.revision.label}, {clause}: {self.measure} {self._goal_shown} "
                f"({basis.counting.name}, zone data {tzdata_version()})"
            ),
            clause=clause,
            pause_rule=f"pauses of {clause}",
            choice=basis.choice(),
        )

    @property
    def _goal_shown(self) -> str:
        return f"within {shown_duration(self.goal)}" if isinstance(self.goal, timedelta) else self.goal

    @property
    def headline(self) -> str:
        """The reading in one sentence."""
        used = "unknown" if self.elapsed is None else shown_duration(self.elapsed)
        over = f", {shown_duration(self.overdue)} too late" if self.overdue else ""
        cycle = f" (cycle {self.cycle})" if self.cycle > 1 else ""
        most = f" of {shown_duration(self.allowed)}" if self.allowed is not None else ""
        return f"{self.measure}{cycle} {self.verdict.value.upper()}: {used}{most} used{over}"
