"""The authorizer port: an organization's own engine may narrow what the rules allow, and nothing else."""

from __future__ import annotations

from typing import Protocol

from attrs import evolve

from svcdelivery.security.access import Access
from svcdelivery.security.authorization import decide
from svcdelivery.security.decision import Decision
from svcdelivery.security.request import AccessRequest

__all__ = ["Authorizer", "Opinion", "authorize"]

Opinion = bool | None
"""Whether an engine permits; None when it could not say."""


class Authorizer(Protocol):
    """An engine beside the rules. It is asked only of what the rules allow."""

    def permits(self, request: AccessRequest, decision: Decision) -> Opinion:
        """Answer whether the engine permits what the rules have allowed; None when it cannot say, which denies.

        Whatever it raises denies as well.

        Args:
            decision: The rules' own answer, with the grants it rests on.
        """
        ...


def authorize(request: AccessRequest, access: Access | None = None, authorizer: Authorizer | None = None) -> Decision:
    """Answer the rules' decision, narrowed by the engine if there is one.

    Only the plain truth permits: `False` denies as `authorizer_denied`, anything else as `authorizer_failed`.
    """
    decision = decide(request, access or Access())
    if authorizer is None or not decision.allowed:
        return decision
    try:
        opinion = authorizer.permits(request, decision)
    except Exception:  # noqa: BLE001  whatever an engine of somebody else's raises, it has not permitted anything
        opinion = None
    if opinion is True:
        return decision
    reason = "authorizer_denied" if opinion is False else "authorizer_failed"
    # When the engine's answer turns is not known.
    return evolve(decision, allowed=False, reason=reason, reasons=(reason,), grants=(), obligations=(), basis=None)
