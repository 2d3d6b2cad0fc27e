"""The port by which notices leave: whoever delivers them is given the key, so that a repeat is told apart."""

from __future__ import annotations

from typing import Protocol

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import identifier

__all__ = ["Notifier", "Outgoing"]


_ADDRESS_MOST = 2000


def _address(value: str) -> str:
    # It stands in headers and lines of text: one that breaks a line would add lines of its own.
    if not 0 < len(value) <= _ADDRESS_MOST or not value.isprintable():
        raise InvalidValueError(what="an address", value=value, hint=f"1 to {_ADDRESS_MOST} printable characters")
    return value


@frozen(kw_only=True)
class Outgoing:
    """One notice on its way out.

    Attributes:
        key: The same in every attempt; a provider that honors it accepts the notice once.
        address: Where the channel delivers to: a mailbox, a URL, a name.
        attributes: More for receivers that are programs.
    """

    key: str = field(converter=identifier)
    address: str = field(converter=_address)
    subject: str = ""
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


class Notifier(Protocol):
    """Delivers notices by one channel. It may be asked again with the same key, after a crash or a lost answer."""

    @property
    def channel(self) -> str:
        """What rules and outboxes call it."""
        ...

    def send(self, notice: Outgoing) -> None:
        """Hand the notice to the provider.

        Raises:
            NotDeliveredError: The provider did not take it; whether trying again can help is said.
        """
        ...
