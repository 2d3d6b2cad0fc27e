"""Whom the target of an escalation means at an instant: found out when it is sent, and put on record then."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from attrs import frozen

from svcdelivery.agreement import EscalationTarget
from svcdelivery.escalation.rotation import OnCallSchedule, next_in_turn
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["Concerned", "Roster", "recipients"]


@frozen(kw_only=True)
class Concerned:
    """Who has to do with the item that is escalated."""

    assignee: str | None = None
    team: str | None = None
    acknowledger: str | None = None


class Roster(Protocol):
    """What the host knows of its people."""

    def with_role(self, role: str, at: datetime) -> tuple[str, ...]:
        """Answer everybody who has a role."""
        ...

    def team(self, name: str, at: datetime) -> tuple[str, ...]:
        """Answer the members of a team, in their order."""
        ...

    def last_told(self, team: str) -> dict[str, Instant]:
        """Answer when each member was last told something in turn."""
        ...

    def away(self, at: datetime) -> frozenset[str]:
        """Answer who cannot be told anything at an instant."""
        ...

    def schedule(self, name: str) -> OnCallSchedule | None:
        """Answer an on-call schedule, None when there is none of that name."""
        ...

    def manager(self, person: str) -> str | None:
        """Answer the manager of a person, None at the top."""
        ...


_LOOK = 366 * 86_400


def recipients(target: EscalationTarget, concerned: Concerned, roster: Roster, at: datetime) -> tuple[str, ...]:
    """Answer whom a target means at an instant; nobody, where there is nobody.

    A webhook is its own recipient. The next and the one before are looked for within a year.
    """
    match target.kind:
        case "person" | "webhook":
            return (target.id,)
        case "role":
            return roster.with_role(target.id, at)
        case "team":
            told = next_in_turn(roster.team(target.id, at), roster.last_told(target.id), unavailable=roster.away(at))
            return () if told is None else (told,)
        case "owner":
            return tuple(name for name in (concerned.assignee or concerned.team,) if name)
        case "acknowledger":
            return tuple(name for name in (concerned.acknowledger,) if name)
        case "manager":
            return _manager(int(target.id), concerned, roster)
        case _:
            return _on_call(target, roster, at)


def _manager(steps: int, concerned: Concerned, roster: Roster) -> tuple[str, ...]:
    person = concerned.assignee
    for _ in range(steps):
        person = roster.manager(person) if person is not None else None
    return () if person is None else (person,)


def _on_call(target: EscalationTarget, roster: Roster, at: datetime) -> tuple[str, ...]:
    schedule = roster.schedule(target.id)
    if schedule is None:
        return ()
    if target.kind == "rotation":
        return schedule.on_call(at)
    if target.kind == "next":
        return schedule.next_on_call(at, within=_away(at, _LOOK))
    return schedule.previous_on_call(at, since=_away(at, -_LOOK))


def _away(at: datetime, seconds: int) -> Instant:
    return from_micros(to_micros(at) + seconds * 1_000_000)
