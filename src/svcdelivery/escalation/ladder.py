"""The ladder of an escalation: its levels one after another, and the questions put to whoever has taken it on.

Waits count from when a level was due, and what falls due fires whether or not anybody looks: looking late, often or
seldom gives the same firings. All in epoch microseconds.
"""

from __future__ import annotations

from typing import Any

from svcdelivery.agreement import REPEAT_MOST, EscalationTarget, IfEmpty
from svcdelivery.escalation.counting import NEVER, ends, released
from svcdelivery.escalation.happenings import EscalationState
from svcdelivery.escalation.pending import Pending
from svcdelivery.escalation.plan import Counted, FrozenPolicy, Plan, PlannedLevel
from svcdelivery.escalation.standing import Standing

__all__ = ["AT_ONCE", "TAKEN", "Ladder"]

AT_ONCE: Counted = (0, None)
"""No wait."""

TAKEN = "acknowledged meanwhile"
"""Why what fell due is not called for: somebody has it."""

_OVER = "over meanwhile"
_ACKNOWLEDGER = EscalationTarget("acknowledger")
_NOBODY = ((None, "nobody"),)


class Ladder(Standing):
    """Where an escalation stands; `pending` holds what fell due and was not taken up, `due` what comes next."""

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
        self.base, self.wait = 0, AT_ONCE
        self.grant = self.floor = 0
        self.resume: tuple[int, int] | None = None
        self.keys: dict[str, tuple[int, str]] = {}
        self.level_keys: set[str] = set()
        self.pending: list[Pending] = []
        self.trail: list[tuple[Any, ...]] = []
        self.due: int | None = None
        self.due_reminds = False

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

    def _cycle(self) -> int:
        view = None if self.plan.clock is None else self.clocks.get(self.plan.clock)
        return 0 if view is None else view.cycle

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
            wait = AT_ONCE
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

    # -- giving up, and beginning anew ---------------------------------------------------------------------------------

    def _let_go(self, at: int) -> None:
        self._disown(at)
        self.trail.append((at, "no longer acknowledged"))
        if not self.plan.continues or (self.level is None and self.resume is None):
            self._start_over(at)
            return
        for each in self.pending:
            each.stale = None if each.stale == TAKEN else each.stale
        if self.resume is not None:
            (self.round, self.level), self.resume = self.resume, None
            self.base, self.wait = at, AT_ONCE

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
