"""Which target speaks of a piece of work, and why that one."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from svcdelivery.agreement.goal import NoTarget
from svcdelivery.agreement.target import ServiceLevelTarget

__all__ = ["Choice", "choose"]


@frozen
class Choice:
    """The target chosen for one measure of some work, and those that matched as well.

    Attributes:
        chosen: The most specific match, the first named among equals; None where none matches.
        passed_over: The other matches, in the order of the agreement.
    """

    chosen: ServiceLevelTarget | None
    passed_over: tuple[ServiceLevelTarget, ...] = ()

    @property
    def target(self) -> ServiceLevelTarget | None:
        """The target that makes a promise, None where none matches or the most specific match says "no target"."""
        return None if self.chosen is None or isinstance(self.chosen.goal, NoTarget) else self.chosen

    def __str__(self) -> str:
        if self.chosen is None:
            return "no target matches"
        said = f"`{self.chosen.name}` matches ({self.chosen.scope})"
        if not self.passed_over:
            return said
        others = ", ".join(f"`{other.name}` ({other.scope})" for other in self.passed_over)
        return f"{said}, chosen before {others}"


def choose(
    targets: Iterable[ServiceLevelTarget], measure: str, *, kind: str, service: str, priority: str | None
) -> Choice:
    """Answer the most specific match of one measure; a named service outweighs a named priority, that a kind."""
    matching = [
        target
        for target in targets
        if target.measure == measure and target.scope.matches(kind=kind, service=service, priority=priority)
    ]
    chosen = max(matching, key=lambda target: target.scope.specificity, default=None)
    return Choice(chosen, tuple(target for target in matching if target is not chosen))
