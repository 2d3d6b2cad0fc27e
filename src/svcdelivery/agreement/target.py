"""Service level targets: a measure, whose work it speaks of, the goal, and the rules of its clock."""

from __future__ import annotations

from fractions import Fraction

from attrs import Attribute, field, frozen

from svcdelivery.agreement.goal import Boundary, Goal
from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import identifier, names

__all__ = ["Scope", "ServiceLevelTarget"]


@frozen(kw_only=True)
class Scope:
    """Which work a target speaks of; a part left empty means any."""

    kinds: frozenset[str] = field(default=frozenset(), converter=names)
    services: frozenset[str] = field(default=frozenset(), converter=names)
    priorities: frozenset[str] = field(default=frozenset(), converter=names)

    def matches(self, *, kind: str, service: str, priority: str | None) -> bool:
        """Answer whether work of that kind, service and priority is meant."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.services or service in self.services)
            and (not self.priorities or priority in self.priorities)
        )

    @property
    def specificity(self) -> tuple[int, int, int]:
        """How narrow the scope is: a named service outweighs a named priority, that a named kind of work."""
        return (bool(self.services), bool(self.priorities), bool(self.kinds))

    def __str__(self) -> str:
        parts = (("kind", self.kinds), ("service", self.services), ("priority", self.priorities))
        named = [f"{word} {' or '.join(sorted(values))}" for word, values in parts if values]
        return ", ".join(named) or "any work"


def _share(_target: ServiceLevelTarget, attribute: Attribute[Fraction], value: Fraction) -> None:
    if not 0 < value <= 1:
        raise InvalidValueError(what="a promised share", value=value, path=attribute.name, hint="over 0 and at most 1")


@frozen(kw_only=True)
class ServiceLevelTarget:
    """The most agreed time that one kind of answer may take.

    Attributes:
        name: Unique in its revision; readings, timers and reports carry it.
        measure: The name of a measure.
        hours: The name of the service hours whose open time counts; None counts round the clock.
        pause_on: Hold reasons during which the clock stands still.
        share_promised: The share of the work that must meet the goal, 1 for all of it.
        clause: The place in the signed text, for explanations.
    """

    name: str = field(converter=identifier)
    measure: str
    goal: Goal
    scope: Scope = Scope()
    hours: str | None = None
    pause_on: frozenset[str] = field(default=frozenset(), converter=names)
    boundary: Boundary = Boundary.CLOSE
    share_promised: Fraction = field(default=Fraction(1), validator=_share)
    clause: str = ""
