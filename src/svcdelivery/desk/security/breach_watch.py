"""The breach watch at the desk: the log followed under a mark, what is found recorded once and seen to.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Clocked, Said, act
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import FINDINGS
from svcdelivery.desk.command.waking import Waking, WatchHandler, Woken
from svcdelivery.desk.security.breach_raising import Raising
from svcdelivery.errors import Conflict
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.security.breaches import (
    BREACHES_STREAM,
    BreachFinding,
    BreachPolicy,
    BreachPolicySet,
    BreachRecord,
    BreachRule,
    BreachWatch,
    FindingsSuppressed,
    Suppression,
    fold_breaches,
)
from svcdelivery.storage.protocol import Due, Page, Unit
from svcdelivery.timeline import Instant

__all__ = ["BreachDesk", "BreachReport"]

FOLLOWER = "breaches"
"""The name of the mark that tells how far findings are on record."""

_JUDGE = "judge"
_PAGE = 1000
_ENTRIES_MOST = 100_000


@frozen(kw_only=True)
class BreachReport:
    """What one run of the breach watch came to.

    Attributes:
        entries: How many entries of the log it has judged.
        findings: What it found in them and has put on record.
        raised: The streams of the security incidents and corrective actions raised for them.
    """

    entries: int = 0
    findings: tuple[BreachFinding, ...] = ()
    raised: tuple[str, ...] = ()

    def __add__(self, other: BreachReport) -> BreachReport:
        return BreachReport(
            entries=self.entries + other.entries,
            findings=(*self.findings, *other.findings),
            raised=(*self.raised, *other.raised),
        )


class BreachDesk:
    """Follows the log, and puts on record what may be a breach, once, whoever runs it and however often.

    The first run of a process reads the log from its start, since rules look back; each later one only what has come
    since. Findings are recorded from the mark on, which all processes share.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = _Reader()

    # -- asking --------------------------------------------------------------------------------------------------------

    def get(self) -> BreachRecord:
        """Answer the policy on record, and what is silenced."""
        with self._engine.read_unit() as unit:
            return fold_breaches(unit.journal.load(BREACHES_STREAM))

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[BreachFinding]:
        """Answer findings in the order of the log; `status` is the rule, such as `R5`, `priority` the severity."""
        with self._engine.read_unit() as unit:
            page = FINDINGS.find(unit, after=after, limit=limit, where=where)
        return Page(items=tuple(raised.finding for raised in page.items), next=page.next)

    # -- watching ------------------------------------------------------------------------------------------------------

    def run(self, *, limit: int = _ENTRIES_MOST) -> BreachReport:
        """Judge at most `limit` entries of the log nobody has judged yet, and see to what is found.

        As the policy on record says, a finding raises a security incident, a corrective action, or nothing; where one
        of the same rule and subject is still open, no other is raised.
        """
        with self._engine.read_unit() as unit:
            policy = fold_breaches(unit.journal.load(BREACHES_STREAM)).policy
            mark, head = unit.marks.get(FOLLOWER), unit.feed.head().position
        self._reader.look_for(policy)
        report, upto = BreachReport(), min(head, mark + limit)
        while mark < upto:
            with self._engine.read_unit() as unit:
                reached = min(self._reader.read(unit, upto), upto)
            if reached > mark:
                with self._engine.write_unit() as unit:
                    done, mark = self._record(unit, policy, reached)
                report += done
        return report

    def _record(self, unit: Unit, policy: BreachPolicy, upto: int) -> tuple[BreachReport, int]:
        """Put on record what was found up to an entry; answer that, and how far findings are on record then."""
        mark = unit.marks.get(FOLLOWER)
        if mark >= upto:
            return BreachReport(), mark
        # Another process may have come further meanwhile: what lies behind its mark is on record.
        raising = self._raising(unit, policy, self._engine.now(unit), mark, upto)
        if raising.found:
            key, intent = f"breaches {mark}-{upto}", "breach watch"
            recorded = unit.journal.append(raising.writes, key=key, intent=intent, now=raising.now).facts
            raising.kept(recorded, unit).put(unit)
        unit.marks.put(FOLLOWER, upto)
        return _report(raising, upto - mark), upto

    def _raising(self, unit: Unit, policy: BreachPolicy, now: Instant, mark: int, upto: int) -> Raising:
        raising = Raising(self._engine, unit, policy, now)
        for finding in self._reader.found(mark, upto):
            raising.take(finding)
        return raising

    def arm(self) -> None:
        """Let the watch judge the log from now on, as often as the policy on record says; once more is nothing new.

        A policy that is put on record does the same. Where `every` is None, the watch leaves the log alone.
        """
        with self._engine.read_unit() as unit:
            if not _to_be_armed(unit):
                return
        with self._engine.write_unit() as unit:
            if _to_be_armed(unit):
                unit.timers.arm([Due(stream=BREACHES_STREAM, name=_JUDGE, due_at=self._engine.now(unit))])

    @property
    def handlers(self) -> tuple[WatchHandler, ...]:
        """Who handles the wake-up by which the watch judges the log."""
        return (WatchHandler(BREACHES_STREAM, _JUDGE, self._wake),)

    def _wake(self, waking: Waking) -> Woken:
        """Answer what was found in the log since it was last judged; mark and findings go with the wake-up's end."""
        unit, now = waking.unit, waking.now
        policy = fold_breaches(unit.journal.load(BREACHES_STREAM)).policy
        if policy.every is None:
            return Woken()
        mark, head = unit.marks.get(FOLLOWER), unit.feed.head().position
        upto = min(head, mark + _ENTRIES_MOST)
        self._reader.look_for(policy)
        while self._reader.read(unit, upto) < upto:
            pass
        raising = self._raising(unit, policy, now, mark, upto)
        again = now if upto < head else datetime.__add__(now, policy.every)

        def after(recorded: tuple[Fact[Any], ...], unit: Unit) -> Consequences:
            actual = unit.marks.get(FOLLOWER)
            if actual != mark:
                # Somebody judged the log by hand meanwhile: what is left is looked at anew.
                raise Conflict(stream=BREACHES_STREAM, expected=mark, actual=actual)
            unit.marks.put(FOLLOWER, upto)
            kept, report = raising.kept(recorded, unit), _report(raising, upto - mark)
            counts = (
                ("log entries judged", report.entries),
                ("breach findings", len(report.findings)),
                ("raised by breach findings", len(report.raised)),
            )
            timers = [*kept.timers, Due(stream=BREACHES_STREAM, name=_JUDGE, due_at=again)]
            return Consequences(records=kept.records, timers=timers, counts=counts)

        return Woken(writes=raising.writes, after=after)

    # -- commanding ----------------------------------------------------------------------------------------------------

    def set_policy(self, policy: BreachPolicy, *, by: Actor, key: str) -> Outcome[BreachRecord]:
        """Put on record what is looked for from now on, how often, and what is made of it."""
        ask = Ask(action="set_policy", id=BREACHES_STREAM, by=by, key=key, said={"policy": policy})
        return self._act(ask, lambda _now: BreachPolicySet(policy))

    def suppress(
        self, rule: BreachRule, *, subject: str = "", until: datetime, ground: str, by: Actor, key: str
    ) -> Outcome[BreachRecord]:
        """Silence findings of a rule, about one subject or any, from now on until an instant to come.

        Raises:
            InvalidValueError: No ground, or an end that has passed.
        """
        silence = Suppression(rule=rule, until=until, ground=ground, by=by.id, subject=subject)
        said = {"rule": rule.value, "subject": subject, "until": silence.until, "ground": ground}
        ask = Ask(action="suppress", id=BREACHES_STREAM, by=by, key=key, said=said)

        def make(now: Instant) -> FindingsSuppressed:
            silence.check_end(now)
            return FindingsSuppressed(silence)

        return self._act(ask, make)

    def _act(self, ask: Ask, make: Callable[[Instant], Any]) -> Outcome[BreachRecord]:
        return act(self._engine, _BREACHES, ask, lambda _record, _unit, now: Said((make(now),)), creates=True)


class _Reader:
    """What a process has read of the log, and has found there that may not be on record yet."""

    def __init__(self) -> None:
        self._policy: BreachPolicy | None = None
        self._watch = BreachWatch()
        self._reached = 0
        self._found: list[tuple[int, BreachFinding]] = []

    def look_for(self, policy: BreachPolicy) -> None:
        """Look for what a policy says: from the start again if that is another one than before."""
        if policy != self._policy:
            # Rules look back: other thresholds may have found other things behind them.
            self._policy, self._watch, self._reached, self._found = policy, BreachWatch(policy.settings), 0, []

    def read(self, unit: Unit, upto: int) -> int:
        """Read a page on towards an entry; answer how far the log has been read."""
        if self._reached < upto:
            page = unit.feed.read(self._reached, limit=min(_PAGE, upto - self._reached))
            for fact in page:
                self._found += [(fact.position, finding) for finding in self._watch.follow(fact)]
                self._reached = fact.position
        return self._reached

    def found(self, mark: int, upto: int) -> list[BreachFinding]:
        """Answer what was found behind the mark, up to an entry; what lies before it is on record and forgotten."""
        self._found = [one for one in self._found if one[0] > mark]
        return [finding for position, finding in self._found if position <= upto]


def _report(raising: Raising, entries: int) -> BreachReport:
    findings = tuple(one.finding for one in raising.found)
    return BreachReport(entries=entries, findings=findings, raised=tuple(raising.streams))


def _to_be_armed(unit: Unit) -> bool:
    policy = fold_breaches(unit.journal.load(BREACHES_STREAM)).policy
    return policy.every is not None and not list(unit.timers.of(BREACHES_STREAM))


def _clocked(_engine: Engine, unit: Unit, facts: Sequence[Fact[Any]], now: Instant, _known: Instant | None) -> Clocked:
    """Answer when the log is to be judged next: as soon as the policy says, or as it was to be before."""
    every = fold_breaches(facts).policy.every
    armed = [due.due_at for due in unit.timers.of(BREACHES_STREAM) if due.due_at is not None]
    is_set = any(isinstance(fact.body, BreachPolicySet) for fact in facts)
    if every is None or not (armed or is_set):
        return Clocked()
    return Clocked(wakes=((_JUDGE, min([*armed, datetime.__add__(now, every)])),))


_BREACHES: Aggregate[BreachRecord] = Aggregate(
    "breach watch", "breaches", lambda _id: BREACHES_STREAM, fold_breaches, lambda _: None, _clocked
)
