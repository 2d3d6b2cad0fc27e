"""What one clock of one item shows at an instant: a value, with the explanation behind it."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRevision, Missed, Periods
from svcdelivery.clock.basis import Basis, Postponed
from svcdelivery.clock.explaining import clause_of, spans_of
from svcdelivery.clock.explanation import Explanation, headline_of
from svcdelivery.clock.running import Running
from svcdelivery.clock.verdict import ClockPhase, Verdict
from svcdelivery.timeline import Instant, format_duration, tzdata_version
from svcdelivery.timeline.instant import duration_micros

__all__ = ["ClockReading", "missed_by"]


# Without slots: so many fields are set in a dict for less than half the cost, and every reading has them all.
@frozen(kw_only=True, slots=False)
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
        share_periods: The periods in each of which the share is promised; None for the whole time a report speaks of.
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
    share_periods: Periods | None = None
    _basis: Basis | Postponed | None = field(default=None, eq=False, repr=False)
    _ran: tuple[Running, timedelta] | None = field(default=None, eq=False, repr=False)

    @property
    def basis(self) -> Basis | None:
        """What it was worked out from; None while it waits or is cancelled."""
        known = self._basis
        return known.by_measure[self.measure] if isinstance(known, Postponed) else known

    @property
    def revision(self) -> AgreementRevision | None:
        """The terms whose target it follows; None while it waits or is cancelled."""
        return None if self._basis is None else self._basis.revision

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
        if self._ran is not None:
            running, end = self._ran
            return running.wall(end)
        basis = self.basis
        segments = () if basis is None else basis.segments
        return timedelta(microseconds=sum(s.end - s.start for s in segments if not s.pause))

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
        """The reading with all that decided it; its spans tile the time from start to stop, or to its instant."""
        basis = self.basis
        clause = clause_of(self.clause, self.target)
        explanation = Explanation(
            measure=self.measure,
            target=self.target,
            clause=clause,
            cycle=self.cycle,
            goal=format_duration(self.goal) if isinstance(self.goal, timedelta) else self.goal,
            at=self.at,
            phase=self.phase,
            verdict=self.verdict,
            exempted_by=self.exempted_by,
            started_at=self.started_at,
            stopped_at=self.stopped_at,
            due_at=self.due_at,
            due_is_provisional=self.due_is_provisional,
            elapsed=self.elapsed,
            allowed=self.allowed,
            findings=self.findings,
            **({} if basis is None else _of_basis(basis)),
        )
        # Not a part of the value: two explanations that say the same are equal.
        object.__setattr__(explanation, "basis", basis)
        return explanation

    @property
    def headline(self) -> str:
        """The reading in one sentence."""
        return headline_of(self)


def _of_basis(basis: Basis) -> dict[str, Any]:
    return {
        "agreement": basis.revision.agreement,
        "revision": basis.revision.number,
        "counting": basis.counting.name,
        "zone": basis.counting.zone,
        "zone_data": tzdata_version(),
        "service": basis.chosen_at.service,
        "priority": basis.chosen_at.priority,
        "choice": basis.choice(),
        "spans": spans_of(basis),
    }


def missed_by(item: str, reading: ClockReading) -> Missed | None:
    """Answer the breach a reading shows, as credits are owed for it; None where it shows none."""
    if reading.verdict is not Verdict.BREACHED or reading.due_at is None:
        return None
    return Missed(
        item=item,
        target=reading.target,
        cycle=reading.cycle,
        at=reading.due_at,
        late=reading.overdue,
        exempted_by=reading.exempted_by,
        is_open=reading.is_open,
    )
