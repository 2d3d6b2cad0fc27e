"""The course of an escalation: happenings and what falls due between them, replayed from the beginning.

Happenings at an instant apply before anything due at it. What falls due does so whether or not anybody looks: waits
count from when a level was due, so that looking late, often or seldom gives the same firings. All in epoch
microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from svcdelivery.agreement import REPEAT_MOST, EscalationTarget, IfEmpty
from svcdelivery.escalation.clock_views import ClockView
from svcdelivery.escalation.counting import NEVER, ends, released
from svcdelivery.escalation.facts import Replacing
from svcdelivery.escalation.happenings import EscalationState
from svcdelivery.escalation.pending import Pending
from svcdelivery.escalation.plan import Counted, FrozenPolicy, Plan, PlannedLevel
from svcdelivery.escalation.standing import Standing
from svcdelivery.escalation.what import What
from svcdelivery.identity import ActorKind

__all__ = ["Walk"]

_AT_ONCE: Counted = (0, None)
_TAKEN, _OVER, _AWAY = "acknowledged meanwhile", "over meanwhile", "out of scope meanwhile"
_ACKNOWLEDGER = EscalationTarget("acknowledger")


class Walk(Standing):
    """One replay. After `run`, `pending` holds what fell due and was not taken up, `due` what comes next."""

    __slots__ = (
        "_state", "acknowledged", "acknowledged_at", "acknowledgements", "acknowledger", "armed", "asked", "asked_at",
        "away", "base", "begun", "by_hand", "due", "due_reminds", "ended", "fired", "floor", "grant", "item", "keys",
        "last", "last_round", "level", "level_keys", "now", "pending", "plan", "prefix", "rearm", "resume", "round",
        "run_number", "trail", "wait",
    )  # fmt: skip

    def __init__(self, state: EscalationState, policy: FrozenPolicy, now: int) -> None:
        super().__init__()
        self._state, self.item, self.fired, self.now = state, state.item, state.fired, now
        self.plan: Plan = policy.plan
        self.prefix = f"{state.item}|{policy.policy.name}@{policy.version}|"
        # Who has it, and when that is asked again.
        self.acknowledged = False
        self.acknowledger: Any = None
        self.acknowledged_at = self.acknowledgements = self.asked = 0
        self.asked_at: int | None = None
        # Where the escalation stands: the level that comes next, None while no run is under way.
        self.run_number = self.round = self.last_round = 0
        self.level: int | None = None
        self.last: int | None = None
        self.armed = not self.plan.starts_on_edge
        self.rearm = self.ended = self.away = False
        self.by_hand: int | None = None
        self.begun = 0
        self.base, self.wait = 0, _AT_ONCE
        self.grant = self.floor = 0
        self.resume: tuple[int, int] | None = None
        self.keys: dict[str, tuple[int, str]] = {}
        self.level_keys: set[str] = set()
        self.pending: list[Pending] = []
        self.trail: list[tuple[Any, ...]] = []
        self.due: int | None = None
        self.due_reminds = False

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

    # -- what comes next -----------------------------------------------------------------------------------------------

    def _look_ahead(self) -> None:
        self.due_reminds = False
        if self.away:
            self.due = None
            return
        due = self._level_due()
        if self.acknowledged and self.plan.remind is not None:
            reminder = self._reminder_due()
            if reminder is not None and (due is None or reminder < due):
                due, self.due_reminds = reminder, True
        self.due = None if due is None or due >= NEVER else due

    def _level_due(self) -> int | None:
        plan = self.plan
        if self.acknowledged and not plan.outlives_acknowledgement:
            return None
        if self.level is None:
            if not self.armed or not plan.levels:
                return None
            due = plan.start(self) if self.by_hand is None else self.by_hand
            if due is None:
                return None
        else:
            wait, hours = self.wait
            due = self.base + wait if hours is None and not self.holds else ends(self.base, wait, hours, self.holds)
            when = plan.levels[self.level].when
            if when is not None:
                come_about = when(self)
                if come_about is None:
                    return None
                due = max(due, come_about)
            due = max(due, self.grant)
        due = max(due, self.floor)
        return released(due, self.holds) if self.holds else due

    def _reminder_due(self) -> int | None:
        plan = self.plan
        if plan.remind is None or self.done or self.acknowledger is None:
            return None
        if self.asked_at is None:
            due = ends(self.acknowledged_at, *plan.remind, self.holds)
        elif plan.release is not None:
            due = ends(self.asked_at, *plan.release, self.holds)
        elif self.asked < REPEAT_MOST:
            due = ends(self.asked_at, *plan.remind, self.holds)
        else:
            return None
        return released(max(due, self.floor), self.holds)

    # -- firing --------------------------------------------------------------------------------------------------------

    def _was_taken_up(self, at: int) -> bool:
        """Answer whether what comes next was recorded as fired by then."""
        if self.due_reminds:
            asks = self.asked_at is None or self.plan.release is None
            place, text = f"a{self.acknowledgements}", f"remind{self.asked + 1}" if asks else "release"
        else:
            begins = self.level is None
            index = self.level or 0
            place = f"{self.run_number + begins}.{0 if begins else self.round}.{index}"
            _, text = (self.plan.levels[index].targets or _NOBODY)[0]
        return self.fired.get(f"{self.prefix}{place}|{text}", NEVER) <= at

    def _fire(self, due: int) -> None:
        self.floor = due
        if self.due_reminds:
            self._ask(due)
        else:
            if self.level is None:
                self._begin(due)
            self._fire_level(due)
        self._look_ahead()

    def _begin(self, due: int) -> None:
        self.run_number += 1
        self.round = self.level = 0
        self.armed = self.rearm = self.ended = False
        self.by_hand = self.resume = None
        self.grant = 0
        self.begun = self._cycle()
        self.trail.append((due, "run {} begins", self.run_number))

    def _fire_level(self, due: int, *, forced: bool = False) -> None:
        assert self.level is not None, "a level is fired in a run"
        level = self.plan.levels[self.level]
        wait, self.last_round = level.wait, self.round
        self.level_keys = set()
        if not forced and self._is_stopped(level.stop):
            if self.acknowledged and self.resume is None:
                self.resume = self.round, level.index
            why = "acknowledged" if self.acknowledged else "over"
            self.trail.append((due, "level {} stays silent: {}", level.index + 1, why))
        elif not level.targets and level.empty is IfEmpty.SKIP_NOW:
            wait = _AT_ONCE
            self.trail.append((due, "level {} has nobody: the next at once", level.index + 1))
        else:
            self._emit(due, level, level.targets or _NOBODY, level.reason, forced=forced)
        self._move_on(due, level, wait)

    def _is_stopped(self, stop: int) -> bool:
        return (self.acknowledged and stop == 0) or (self.ended and stop < 2)

    def _move_on(self, due: int, level: PlannedLevel, wait: Counted) -> None:
        self.base, self.wait, self.last = due, wait, level.index
        self.grant = self._granted(due) if self.plan.give and self.level_keys else 0
        if level.index + 1 < len(self.plan.levels):
            self.level = level.index + 1
        elif self.round < self.plan.repeat:
            self.round += 1
            self.level = 0
        else:
            self._finish(due)

    def _granted(self, due: int) -> int:
        # A level that was sent late leaves those of the next one the time they were promised.
        fired, now = self.fired, self.now
        sent = max(fired.get(key, now) for key in self.level_keys)
        return sent + self.plan.give if sent > due + self.plan.grace else 0

    def _finish(self, at: int) -> None:
        self.level, self.armed, self.rearm = None, self.rearm, False
        self.trail.append((at, "run {} is through", self.run_number))

    def _emit(
        self, due: int, level: PlannedLevel, targets: Any, reason: str, *, forced: bool = False, place: str = ""
    ) -> None:
        at = f"{self.run_number}.{self.last_round}.{level.index}{place}"
        for target, text in targets:
            key = f"{self.prefix}{at}|{text}"
            if key in self.keys:
                continue
            self.keys[key] = due, reason
            self.level_keys.add(key)
            self.trail.append((due, "{}: {} is told", reason, text))
            if key not in self.fired:
                each = Pending(key, due, reason, (level.index, self.run_number, self.last_round), stop=level.stop)
                each.target, each.kind, each.forced = target, level.kind, forced
                self.pending.append(each)

    # -- acknowledgement -----------------------------------------------------------------------------------------------

    def _ask(self, due: int) -> None:
        if self.asked_at is not None and self.plan.release is not None:
            # First: what the start of a new run takes as over is not this.
            self._let_go(due)
            self._emit_asked(due, "release", "not confirmed: no longer acknowledged", stop=1)
            return
        self.asked += 1
        self.asked_at = due
        self._emit_asked(due, f"remind{self.asked}", "still on it?")

    def _emit_asked(self, due: int, name: str, reason: str, *, stop: int = -1) -> None:
        key = f"{self.prefix}a{self.acknowledgements}|{name}"
        self.keys[key] = due, reason
        self.trail.append((due, "{}", reason))
        if key not in self.fired:
            each = Pending(key, due, reason, (-1, self.acknowledgements, 0), stop=stop)
            each.target = _ACKNOWLEDGER
            self.pending.append(each)

    def _acknowledge(self, at: int, actor: Any) -> None:
        if not self.opened or self.done:
            return
        self._silence(0, _TAKEN)
        self.acknowledged, self.acknowledged_at, self.idle_since = True, at, None
        self.acknowledger = None if getattr(actor, "kind", None) is ActorKind.SYSTEM else actor
        self.acknowledgements += 1
        self.asked, self.asked_at = 0, None
        self.trail.append((at, "acknowledged"))

    def _unacknowledge(self, at: int, _tells: Any = None) -> None:
        if self.acknowledged:
            self._let_go(at)

    def _let_go(self, at: int) -> None:
        self._disown(at)
        self.trail.append((at, "no longer acknowledged"))
        if not self.plan.continues or (self.level is None and self.resume is None):
            self._start_over(at)
            return
        for each in self.pending:
            each.stale = None if each.stale == _TAKEN else each.stale
        if self.resume is not None:
            (self.round, self.level), self.resume = self.resume, None
            self.base, self.wait = at, _AT_ONCE

    def _disown(self, at: int) -> None:
        self.acknowledged, self.asked_at = False, None
        self._silence(-1)
        if not self.done:
            self.idle_since = at

    def _silence(self, most: int, why: str = _OVER) -> None:
        """Take what fell due and nobody has looked at so far as stale, where such a stop keeps it from firing."""
        for each in self.pending:
            if each.stale is None and each.stop <= most:
                each.stale = why

    def _start_over(self, at: int) -> None:
        self._silence(1)
        self.level = self.resume = None
        self.armed, self.ended, self.rearm = True, False, False
        if self.plan.starts_on_edge:
            self.by_hand = at

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

    def _cycle(self) -> int:
        view = None if self.plan.clock is None else self.clocks.get(self.plan.clock)
        return 0 if view is None else view.cycle

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
            self.wait = levels[self.last].wait if self.last < len(levels) else _AT_ONCE
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
            self.wait, self.grant = _AT_ONCE, 0
            self.trail.append((at, "level {} reached nobody: the next at once", level.index + 1))
        elif level.empty is IfEmpty.FALLBACK and not self._is_stopped(level.stop):
            self._emit(at, level, level.fallback, f"level {level.index + 1} reached nobody", place="f")
            self.level_keys = set()


_NOBODY = ((None, "nobody"),)
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
