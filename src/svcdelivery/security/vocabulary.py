"""The words of a decision: why something is denied, in order, what allows it, and what an allowance may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["HARD", "PRECEDENCE", "REVIEW", "SENTENCES", "UNKNOWN"]

UNKNOWN = ("unknown_actor", "unknown_action", "unknown_item", "unknown_agreement", "unknown_service")
"""What is asked about is not there; nothing else is then judged."""

HARD = (
    "actor_inactive", "agreement_not_in_force", "service_not_in_agreement", "service_not_approved",
    "separation_of_duties", "clearance_missing", "not_own_work",
)  # fmt: skip
"""Rules that no grant, no broken glass and no plugged engine lifts."""

_PERMISSION = (
    "role_not_permitted", "entitlement_revoked", "entitlement_expired", "entitlement_not_started",
    "action_not_in_entitlement", "delegation_too_deep", "delegation_exceeds_source", "delegation_source_invalid",
    "no_entitlement",
)  # fmt: skip

PRECEDENCE = (*UNKNOWN, *HARD, *_PERMISSION, "authorizer_denied", "authorizer_failed")
"""Why something is denied, the primary reason first when several hold."""

REVIEW = "post_review"
"""What broken glass always leaves behind: somebody else looks at what was done."""

SENTENCES: Mapping[str, str] = MappingProxyType({
    "unknown_actor": "the directory does not know the actor",
    "unknown_action": "no rule knows the action",
    "unknown_item": "there is no such item",
    "unknown_agreement": "no agreement covers it",
    "unknown_service": "the catalogue does not have the service",
    "actor_inactive": "the actor is not active",
    "agreement_not_in_force": "the agreement is not in force",
    "service_not_in_agreement": "the agreement does not name the service",
    "service_not_approved": "the service is not approved for delivery",
    "separation_of_duties": "the actor had another part in this item, and the two must not be one person",
    "clearance_missing": "the service asks for a clearance the actor does not have",
    "not_own_work": "it is not the actor's own work",
    "role_not_permitted": "no role of the actor permits the action",
    "entitlement_revoked": "the entitlement was revoked",
    "entitlement_expired": "the entitlement has ended",
    "entitlement_not_started": "the entitlement has not begun",
    "action_not_in_entitlement": "the entitlement does not name the action",
    "delegation_too_deep": "what was delegated cannot be delegated again",
    "delegation_exceeds_source": "the entitlement it was delegated from does not name the action",
    "delegation_source_invalid": "the entitlement it was delegated from does not hold",
    "no_entitlement": "nothing entitles to it",
    "authorizer_denied": "the organization's own rules do not permit it",
    "authorizer_failed": "the organization's own rules could not be asked",
    "internal": "the provider's own people manage what is internal",
    "entitled": "an entitlement permits it",
    "own_work": "it is the actor's own work",
    "break_glass": "broken glass permits it, and a review is due",
})  # fmt: skip
"""Each word as a sentence for people who may know the reason."""
