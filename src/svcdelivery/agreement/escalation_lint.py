"""Second looks at escalation policies: those that reach nobody."""

from __future__ import annotations

from collections.abc import Iterator

from svcdelivery.agreement.escalation import EscalationPolicy
from svcdelivery.agreement.warning import warning
from svcdelivery.documents import Code
from svcdelivery.errors import Problem

__all__ = ["lint_escalation"]


def lint_escalation(policy: EscalationPolicy) -> Iterator[Problem]:
    """Answer warnings about one policy; whom a role or a rotation means is found out when it is sent, not here."""
    at: tuple[str | int, ...] = ("escalation", policy.name, "levels")
    if not policy.levels:
        hint = "give it levels, or leave the policy out"
        yield warning(Code.ESCALATES_TO_NOBODY, at, f"`{policy.name}` has no level", hint)
    for index, level in enumerate(policy.levels):
        if not level.targets and not level.fallback:
            hint = "name whom to tell, or leave the level out"
            yield warning(Code.ESCALATES_TO_NOBODY, (*at, index), f"level {index + 1} names nobody", hint)
