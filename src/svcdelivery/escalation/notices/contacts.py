"""How recipients are reached: the host's address book, and two for hosts without one."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from svcdelivery.identity import identifier

__all__ = ["Contact", "Contacts", "OneChannel"]


@frozen
class Contact:
    """One way to reach somebody.

    Attributes:
        channel: By which notifier.
        language: In which language they are written to, such as `de-AT`; empty for the default one.
    """

    channel: str = field(converter=identifier)
    address: str
    language: str = ""


class Contacts(Protocol):
    """How people, teams and programs are reached."""

    def contacts(self, recipient: str, at: datetime) -> tuple[Contact, ...]:
        """Answer every way a recipient is told by at an instant; none for who cannot be reached."""
        ...


@frozen
class OneChannel:
    """Everybody is reached by one channel under their own name, and a URL by `webhook`.

    Attributes:
        suffix: Put behind each name, such as `@example.org`.
    """

    channel: str = field(default="console", converter=identifier)
    suffix: str = ""
    webhook: str = field(default="webhook", converter=identifier)

    def contacts(self, recipient: str, at: datetime) -> tuple[Contact, ...]:  # noqa: ARG002  # the port's signature
        """Answer the one way."""
        if recipient.startswith(("https://", "http://")):
            return (Contact(self.webhook, recipient),)
        return (Contact(self.channel, f"{recipient}{self.suffix}"),)
