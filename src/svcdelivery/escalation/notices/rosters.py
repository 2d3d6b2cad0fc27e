"""Rosters for hosts whose people stand in a list, or nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from svcdelivery.escalation.rotation import OnCallSchedule
from svcdelivery.timeline import Instant

__all__ = ["OpenRoster", "StaticRoster"]


class OpenRoster:
    """Knows nobody: a role and a team are told under their own names, a rotation and a manager line are nobody."""

    def with_role(self, role: str, at: datetime) -> tuple[str, ...]:  # noqa: ARG002  # the port's signature
        """Answer the role's own name."""
        return (role,)

    def team(self, name: str, at: datetime) -> tuple[str, ...]:  # noqa: ARG002  # the port's signature
        """Answer the team's own name."""
        return (name,)

    def last_told(self, team: str) -> dict[str, Instant]:  # noqa: ARG002  # the port's signature
        """Answer nothing; the desk keeps this by itself."""
        return {}

    def away(self, at: datetime) -> frozenset[str]:  # noqa: ARG002  # the port's signature
        """Answer nobody."""
        return frozenset()

    def schedule(self, name: str) -> OnCallSchedule | None:  # noqa: ARG002  # the port's signature
        """Answer None."""
        return None

    def manager(self, person: str) -> str | None:  # noqa: ARG002  # the port's signature
        """Answer None."""
        return None


class StaticRoster:
    """A roster that is plain lists.

    Args:
        roles: People by role.
        teams: Members by team, in their order.
        schedules: On-call schedules by name.
        managers: The manager of each person that has one.
        away: Who cannot be told anything at all.
    """

    def __init__(
        self,
        *,
        roles: Mapping[str, Iterable[str]] | None = None,
        teams: Mapping[str, Iterable[str]] | None = None,
        schedules: Mapping[str, OnCallSchedule] | None = None,
        managers: Mapping[str, str] | None = None,
        away: Iterable[str] = (),
    ) -> None:
        self._roles = {role: tuple(people) for role, people in (roles or {}).items()}
        self._teams = {team: tuple(people) for team, people in (teams or {}).items()}
        self._schedules = dict(schedules or {})
        self._managers = dict(managers or {})
        self._away = frozenset(away)

    def with_role(self, role: str, at: datetime) -> tuple[str, ...]:  # noqa: ARG002  # the port's signature
        """Answer those listed."""
        return self._roles.get(role, ())

    def team(self, name: str, at: datetime) -> tuple[str, ...]:  # noqa: ARG002  # the port's signature
        """Answer those listed."""
        return self._teams.get(name, ())

    def last_told(self, team: str) -> dict[str, Instant]:  # noqa: ARG002  # the port's signature
        """Answer nothing; the desk keeps this by itself."""
        return {}

    def away(self, at: datetime) -> frozenset[str]:  # noqa: ARG002  # the port's signature
        """Answer those listed."""
        return self._away

    def schedule(self, name: str) -> OnCallSchedule | None:
        """Answer the one listed."""
        return self._schedules.get(name)

    def manager(self, person: str) -> str | None:
        """Answer the one listed."""
        return self._managers.get(person)
