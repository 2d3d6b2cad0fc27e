"""What every command carries: who asks for what, of which item, under which key."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Attribute, field, frozen

from svcdelivery.errors import WrongTypeError
from svcdelivery.identity import Actor

__all__ = ["Ask"]


def _actor(_ask: Ask, attribute: Attribute[Actor], value: object) -> None:
    if not isinstance(value, Actor):
        raise WrongTypeError(expected="an actor", value=value, path=attribute.name)


@frozen(kw_only=True)
class Ask:
    """One call of a command.

    Attributes:
        id: The item, agreement or action it is about; empty for one that is still to get an id.
        key: Names the call to the system: the same key and arguments mean the same call again.
        said: The caller's arguments; with them the key stands for one intent.
    """

    action: str
    id: str
    by: Actor = field(validator=_actor)
    key: str
    said: Mapping[str, object] = field(factory=dict)
