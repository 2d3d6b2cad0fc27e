"""What becomes due of corrective actions: those not implemented in time, and waivers that end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.internal import kept_of
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.waking import WATCH, Waking, Woken
from svcdelivery.desk.work.actions import ACTION
from svcdelivery.desk.work.telling import Telling
from svcdelivery.escalation.notices import NoticeKind
from svcdelivery.facts import Fact
from svcdelivery.improvement import (
    CorrectiveAction,
    CorrectiveActionOverdue,
    WaiverEnded,
    end_waiver,
    fold_action,
    note_overdue,
)
from svcdelivery.storage.protocol import Message, Unit, Write
from svcdelivery.timeline import format_instant

__all__ = ["wake_action"]


def wake_action(waking: Waking) -> Woken:
    """Answer what is due of an action by now: a waiver that is over, or an implementation that did not come."""
    unit, engine, stream = waking.unit, waking.engine, waking.timer.stream
    facts = engine.facts(unit, stream)
    action = fold_action(facts)
    if action is None:
        return Woken()
    now = max(waking.now, facts[-1].occurred_at)
    found = [body for body in (end_waiver(action, now=now), note_overdue(action, now=now)) if body is not None]
    said = new_facts(found, by=WATCH, now=now)

    def after(recorded: tuple[Fact[Any], ...], unit: Unit) -> Consequences:
        own = (*facts, *(fact for fact in recorded if fact.stream == stream))
        kept = kept_of(engine, unit, ACTION, stream, facts=own, now=now)
        told = [message for fact in recorded for message in _told(engine, kept.record, fact)]
        counts = [(_COUNTED[type(fact.body)], 1) for fact in recorded if type(fact.body) in _COUNTED]
        return Consequences(records=kept.rows, timers=kept.timers, messages=told, counts=counts)

    return Woken(writes=[Write(stream=stream, expected=facts[-1].version, facts=said)], after=after)


def _told(engine: Engine, action: CorrectiveAction, fact: Fact[Any]) -> Iterator[Message]:
    """Answer what its owner is told."""
    match fact.body:
        case CorrectiveActionOverdue(due_at=due_at):
            about, since = "action_overdue", due_at
        case WaiverEnded():
            about, since = "waiver_ended", fact.occurred_at
        case _:  # nothing else comes about by time alone
            return
    stream, at = fact.stream, format_instant(since)
    values = {
        "item": stream.replace(":", " ", 1),
        "summary": action.summary,
        "owner": action.owner,
        "due_at": at,
    }
    key = f"{stream}|{about}|{at}"
    telling = Telling(kind=NoticeKind.PAGE, about=about, key=key, stream=stream, service="", values=values)
    yield from telling.messages(engine, (action.owner,), fact.occurred_at)


_COUNTED: dict[type, str] = {CorrectiveActionOverdue: "actions overdue", WaiverEnded: "waivers ended"}
