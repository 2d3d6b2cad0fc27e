"""A notifier for tests: it keeps what it is given, and fails when it is told to."""

from __future__ import annotations

from attrs import define, field

from svcdelivery.errors import NotDeliveredError
from svcdelivery.escalation.notices import Outgoing

__all__ = ["RecordingNotifier"]


@define
class RecordingNotifier:
    """Accepts each key once, as a provider that honors keys does, and counts the repeats.

    Attributes:
        accepted: By key, in the order they came.
        attempts: How often each key was given.
        failing: How many of the next attempts fail before they are accepted.
        losing: How many of the next attempts are accepted, and the answer to that is lost.
    """

    channel: str = "recording"
    accepted: dict[str, Outgoing] = field(factory=dict)
    attempts: dict[str, int] = field(factory=dict)
    failing: int = 0
    losing: int = 0

    def send(self, notice: Outgoing) -> None:
        """Take the notice, or fail as told."""
        self.attempts[notice.key] = self.attempts.get(notice.key, 0) + 1
        if self.failing:
            self.failing -= 1
            raise self._failed(notice, "told to fail")
        self.accepted.setdefault(notice.key, notice)
        if self.losing:
            self.losing -= 1
            raise self._failed(notice, "told to lose the answer")

    @property
    def repeats(self) -> int:
        """How many attempts gave a key again."""
        return sum(self.attempts.values()) - len(self.attempts)

    def _failed(self, notice: Outgoing, problem: str) -> NotDeliveredError:
        return NotDeliveredError(channel=self.channel, address=notice.address, problem=problem)
