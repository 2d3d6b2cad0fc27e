"""The course of an escalation: happenings and what falls due between them, replayed from the beginning.

Happenings at an instant apply before anything due at it. All in epoch microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from svcdelivery.agreement import IfEmpty
from svcdelivery.escalation.clock_views import ClockView
from svcdelivery.escalation.facts import Replacing
from svcdelivery.escalation.ladder import AT_ONCE, TAKEN, Ladder
from svcdelivery.escalation.plan import FrozenPolicy
from svcdelivery.escalation.what import What
from svcdelivery.identity import ActorKind

__all__ = ["Walk"]

_AWAY = "out of scope meanwhile"


class Walk(Ladder):
    """One replay: what each happening means for the levels of a policy."""

    __slots__ = ()

    def run(self) -> Walk:
        """Replay everything up to now."""
        now = self.now
        # What only other occasions speak of is passed over; a policy that comes later may speak of anything.
        passed_over = self.plan.passes_over if not self._state.is_replaced else _NONE
        for at, what, tells in self._state.happenings:
            if at > now:
                break
            if what in passed_over:
                continue
            # Happenings come before what is due at their instant, unless that was taken up by then.
            while self.due is not None and (self.due < at or (self.due == at and self._was_taken_up(at))):
                self._fire(self.due)
            self.floor = at
            _BY_NUMBER[what](self, at, tells)
            self._look_ahead()
        while self.due is not None and self.due <= now:
            self._fire(self.due)
        return self

    # -- acknowledgement -----------------------------------------------------------------------------------------------

    def _acknowledge(self, at: int, actor: Any) -> None:
        if not self.opened or self.done:
            return
        self._silence(0, TAKEN)
        self.acknowledged, self.acknowledged_at, self.idle_since = True, at, None
        self.acknowledger = None if getattr(actor, "kind", None) is ActorKind.SYSTEM else actor
        self.acknowledgements += 1
        self.asked, self.asked_at = 0, None
        self.trail.append((at, "acknowledged"))

    def _unacknowledge(self, at: int, _tells: Any = None) -> None:
        if self.acknowledged:
            self._let_go(at)

    # -- what happens to the work --------------------------------------------------------------------------------------

    def _open(self, at: int, priority: Any) -> None:
        self.open(at, priority)

    def _update(self, at: int, _tells: Any) -> None:
        if self.opened and not self.closed:
            self.silent_since = at
            if self.plan.until_closed:
                self._clear(at)

    def _assign(self, at: int, _tells: Any) -> None:
        if not self.assign(at):
            self._arm_on_edge(at)
        elif self.plan.starts_unassigned:
            self._clear(at)

    def _prioritize(self, at: int, priority: Any) -> None:
        ranks = self.plan.ranks
        lowest = len(ranks)
        if ranks.get(priority, lowest) < ranks.get(self.priority, lowest):
            self.raised_at = at
            self._arm_on_edge(at)
        self.priority = priority

    def _rate(self, at: int, score: Any) -> None:
        self.ratings = [(at, score)]
        self._arm_on_edge(at)

    def _arm_on_edge(self, at: int) -> None:
        # While a run is under way, another occasion of its kind begins none beside it.
        if self.plan.starts_on_edge and self.level is None and self.plan.start(self) == at:
            self.armed = True

    def _reopen(self, at: int, _tells: Any) -> None:
        self.come_back(at)
        self._disown(at)
        self._silence(1)
        self.level, self.resume, self.ended = None, None, False
        # Work that comes back breached is known to be: a clock begins a run once a cycle.
        self.armed = not self.plan.starts_on_edge and (self.plan.clock is None or self.begun != self._cycle())
        self._arm_on_edge(at)

    def _finish_work(self, at: int, _tells: Any) -> None:
        self.done = True
        self.idle_since = self.unassigned_since = None
        self._silence(-1)
        if not self.plan.until_closed:
            self._end(at)

    def _close(self, at: int, _tells: Any) -> None:
        self.closed = True
        self.silent_since = None
        self._finish_work(at, None)
        self._end(at)

    def _end(self, at: int) -> None:
        """The work, or the occasion, is over."""
        self._silence(1)
        self.rearm = self.armed = False
        self._stop(at)

    def _clear(self, at: int) -> None:
        """The occasion is over, and may come about anew."""
        self._silence(1)
        self.rearm = True
        if self.level is None:
            self.armed = True
        self._stop(at)

    def _stop(self, at: int) -> None:
        if self.level is None:
            return
        self.ended = True
        if not self.plan.outlives_end:
            self._finish(at)

    def _read_clock(self, at: int, view: ClockView) -> None:
        known = self.clocks.get(view.target)
        if known is not None and view.cycle < known.cycle:
            return
        self.clocks[view.target] = view
        if view.target != self.plan.clock:
            return
        begins = self.plan.start(self)
        is_new = known is not None and view.cycle > known.cycle
        if is_new or (begins is not None and begins > at and not self.armed):
            self._clear(at)
        elif view.over:
            self._end(at)

    def _snooze(self, at: int, until: Any) -> None:
        self.snooze_until(at, until, self.plan.snooze_stops)

    def _maintain(self, at: int, until: Any) -> None:
        self.maintain(at, until, self.plan.maintenance_stops)

    def _maintained(self, at: int, _tells: Any) -> None:
        self.end_maintenance(at)

    def _leave(self, at: int, _tells: Any) -> None:
        self._silence(2, _AWAY)
        self.level, self.resume, self.away = None, None, True
        self.trail.append((at, "out of scope"))

    def _return(self, at: int, _tells: Any) -> None:
        self.away = False
        self.trail.append((at, "in scope again"))
        if self.plan.starts_on_edge:
            self.armed = self.plan.start(self) == at
        else:
            self._restart(at)

    # -- by hand -------------------------------------------------------------------------------------------------------

    def _escalate(self, at: int, _tells: Any) -> None:
        if self._takes_over(at):
            if self.resume is not None:
                (self.round, self.level), self.resume = self.resume, None
            self._step_in(at)
            self._fire_level(at, forced=True)

    def _jump(self, at: int, level: int) -> None:
        if 0 <= level < len(self.plan.levels) and self._takes_over(at):
            self.resume = None
            behind = self._step_in(at)
            assert self.level is not None, "somebody has stepped in"
            if not behind and level < self.level:
                self.round += 1
            self.level = level
            self._fire_level(at, forced=True)

    def _takes_over(self, at: int) -> bool:
        if not self.opened or self.done or self.away or not self.plan.levels or self.is_maintained(at):
            self.trail.append((at, "asked for by hand, and refused"))
            return False
        self.end_snooze(at)
        if self.acknowledged:
            self._disown(at)
        self.trail.append((at, "asked for by hand"))
        return True

    def _step_in(self, at: int) -> bool:
        """Be in a run; answer whether a round begins with that."""
        if self.level is not None:
            return False
        if self.armed or not self.run_number:
            self._begin(at)
        else:
            self.round += 1
            self.level, self.ended = 0, False
        return True

    def _replace(self, at: int, tells: tuple[FrozenPolicy, Replacing]) -> None:
        policy, how = tells
        self.plan = policy.plan
        self.prefix = f"{self.item}|{policy.policy.name}@{policy.version}|"
        self.trail.append((at, "policy {} of {} takes over", policy.policy.name, policy.version))
        if how is Replacing.RESTART:
            self._restart(at)
        elif self.level is not None:
            self._carry(at)

    def _restart(self, at: int) -> None:
        if self.idle_since is not None:
            self.idle_since = at
        self._start_over(at)
        self.grant = 0

    def _carry(self, at: int) -> None:
        levels = self.plan.levels
        assert self.level is not None, "only a run is carried on"
        if self.level and self.last is not None:
            # The current wait is measured anew, so the change itself moves the item by one level at most.
            self.wait = levels[self.last].wait if self.last < len(levels) else AT_ONCE
        if self.level >= len(levels):
            if levels and self.round < self.plan.repeat:
                self.round, self.level = self.round + 1, 0
            else:
                self._finish(at)

    def _reach_nobody(self, at: int, key: str) -> None:
        if key not in self.level_keys or self.last is None:
            return
        self.level_keys.discard(key)
        level = self.plan.levels[self.last] if self.last < len(self.plan.levels) else None
        if self.level_keys or level is None:
            return
        if level.empty is IfEmpty.SKIP_NOW:
            self.wait, self.grant = AT_ONCE, 0
            self.trail.append((at, "level {} reached nobody: the next at once", level.index + 1))
        elif level.empty is IfEmpty.FALLBACK and not self._is_stopped(level.stop):
            self._emit(at, level, level.fallback, f"level {level.index + 1} reached nobody", place="f")
            self.level_keys = set()


_NONE: frozenset[int] = frozenset()
_HANDLERS: dict[int, Callable[[Walk, int, Any], None]] = {
    What.OPENED: Walk._open,
    What.ACKNOWLEDGED: Walk._acknowledge,
    What.CONFIRMED: Walk._acknowledge,
    What.UNACKNOWLEDGED: Walk._unacknowledge,
    What.UPDATED: Walk._update,
    What.ASSIGNED: Walk._assign,
    What.PRIORITY: Walk._prioritize,
    What.REOPENED: Walk._reopen,
    What.RATED: Walk._rate,
    What.DONE: Walk._finish_work,
    What.CLOSED: Walk._close,
    What.SNOOZED: Walk._snooze,
    What.MAINTENANCE_BEGAN: Walk._maintain,
    What.MAINTENANCE_ENDED: Walk._maintained,
    What.REPLACED: Walk._replace,
    What.ESCALATED: Walk._escalate,
    What.JUMPED: Walk._jump,
    What.NOBODY: Walk._reach_nobody,
    What.CLOCK: Walk._read_clock,
    What.LEFT: Walk._leave,
    What.RETURNED: Walk._return,
}
_BY_NUMBER = tuple(_HANDLERS[what] for what in What)
