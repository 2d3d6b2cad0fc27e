"""Second looks at escalation policies: levels that reach nobody."""

from __future__ import annotations

from collections.abc import Iterator

from svcdelivery.agreement.escalation import EscalationPolicy, IfEmpty, Level, StopOn
from svcdelivery.agreement.occasion import Unassigned
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.warning import warning
from svcdelivery.documents import Code
from svcdelivery.errors import Problem

__all__ = ["lint_escalations"]


def lint_escalations(revision: AgreementRevision) -> Iterator[Problem]:
    """Answer warnings about policies that tell nobody."""
    for policy in revision.escalation:
        at = ("escalation", policy.name, "levels")
        if not policy.levels:
            hint = "give it a level, or leave it out"
            yield warning(Code.ESCALATES_TO_NOBODY, at, "the policy tells nobody", hint)
        for index, level in enumerate(policy.levels):
            why = _tells_nobody(policy, level)
            if why and level.if_empty is not IfEmpty.FALLBACK:
                yield warning(Code.ESCALATES_TO_NOBODY, (*at, index, "targets"), why, "name somebody, or a fallback")


def _tells_nobody(policy: EscalationPolicy, level: Level) -> str:
    kinds = {target.kind for target in level.targets}
    if not kinds:
        return "the level tells nobody"
    if kinds == {"acknowledger"} and policy.stop_of(level) is StopOn.ACKNOWLEDGED:
        return "while nobody has taken the work on, there is no acknowledger"
    if kinds <= {"owner", "manager"} and isinstance(policy.when, Unassigned):
        return "while nobody is assigned, there is no owner and no manager line"
    return ""
