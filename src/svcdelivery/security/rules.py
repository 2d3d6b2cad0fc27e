"""The organization's rules of access: what roles may do, which duties keep apart, who may break the glass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import Term
from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import LEFT_OUT, fact_type
from svcdelivery.identity import ActorKind, identifier, names
from svcdelivery.timeline import format_duration

_STAFF = ActorKind.STAFF

__all__ = ["STANDARD_ACTIONS", "AccessRules", "CatalogueService", "RoleActions", "SeparationOfDuties"]


@frozen
class RoleActions:
    """What a role, or a kind of actor, may ever do."""

    role: str = field(converter=identifier)
    actions: frozenset[str] = field(converter=names)


def _actions(kind: ActorKind, listed: str) -> RoleActions:
    return RoleActions(kind.value, listed.split())


STANDARD_ACTIONS = (
    _actions(ActorKind.END_USER, "receive cancel reopen post answer_survey view"),
    _actions(ActorKind.CUSTOMER, "receive cancel reopen post exclude exempt view"),
    _actions(ActorKind.SUPPLIER, "post"),
    _actions(ActorKind.SYSTEM, "receive close cancel post tell maintain"),
    _actions(
        ActorKind.STAFF,
        "receive accept reject assign start put_on_hold resume fulfill resolve close reopen cancel post "
        "change_priority declare_major stand_down correct exclude exempt link view "
        "acknowledge snooze escalate maintain tell",
    ),
)
"""What each kind of actor may ever do unless the organization says otherwise. End users act on their own work only;
programs take in, tell and tidy up."""


@frozen
class SeparationOfDuties:
    """Who does the action must not be who had one of these parts in the same item.

    Attributes:
        differs_from: `requester`, or the name of an action somebody did to the item before.
    """

    action: str = field(converter=identifier)
    differs_from: frozenset[str] = field(converter=names)


@frozen(kw_only=True)
class CatalogueService:
    """A service of the provider's catalogue.

    Attributes:
        approved: When it may be delivered to anybody; before, between and after it may not.
        clearance: What those who work on it must be cleared for.
    """

    id: str = field(converter=identifier)
    approved: tuple[Term, ...] = ()
    clearance: str | None = None

    def is_approved(self, at: datetime) -> bool:
        """Answer whether the provider may deliver it at the instant."""
        return any(at in term for term in self.approved)


def _groups(groups: Iterable[Iterable[str]]) -> tuple[frozenset[str], ...]:
    return tuple(names(group) for group in groups)


@fact_type("access.rules_set/1")
@frozen(kw_only=True)
class AccessRules:
    """What holds for everybody; the whole is replaced by the next one on record.

    Attributes:
        kinds: What each kind of actor may ever do, whatever their roles.
        roles: What staff of a role may do beside that.
        break_glass_roles: Who may hold broken glass.
        duties: Which parts in one item must be different people.
        access_roles: Who of the staff may set rules, grant and revoke; empty for all.
        security_roles: Who of the staff may see to vulnerabilities and security incidents; empty for all. Any of the
            staff may report one.
        conflicting_roles: Roles nobody should hold together; the access review reports who does.
        catalogue: The services there are; empty where the agreements alone say.
        grant_length_most: How long a new grant may run; None sets no bound.
        review_within: How long after its use broken glass must be reviewed.

    Raises:
        InvalidValueError: A role, kind, action or service that is listed twice, or fewer than two conflicting roles.
    """

    kinds: tuple[RoleActions, ...] = field(default=STANDARD_ACTIONS, metadata=LEFT_OUT)
    roles: tuple[RoleActions, ...] = ()
    break_glass_roles: frozenset[str] = field(default=frozenset(), converter=names)
    access_roles: frozenset[str] = field(default=frozenset(), converter=names)
    security_roles: frozenset[str] = field(default=frozenset(), converter=names, metadata=LEFT_OUT)
    duties: tuple[SeparationOfDuties, ...] = ()
    conflicting_roles: tuple[frozenset[str], ...] = field(default=(), converter=_groups)
    catalogue: tuple[CatalogueService, ...] = ()
    grant_length_most: timedelta | None = None
    review_within: timedelta = field(default=timedelta(hours=24), metadata=LEFT_OUT)
    # What a decision asks, found by key; it follows from the rules and is no part of them.
    by_kind: Mapping[str, frozenset[str]] = field(init=False, eq=False, repr=False)
    by_role: Mapping[str, frozenset[str]] = field(init=False, eq=False, repr=False)
    by_duty: Mapping[str, frozenset[str]] = field(init=False, eq=False, repr=False)
    by_service: Mapping[str, CatalogueService] = field(init=False, eq=False, repr=False)
    known_actions: frozenset[str] = field(init=False, eq=False, repr=False)
    of_staff: frozenset[str] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        for bound in (self.grant_length_most, self.review_within):
            if bound is not None and bound <= timedelta(0):
                raise InvalidDurationError(value=format_duration(bound), problem="it must be longer than nothing")
        for group in self.conflicting_roles:
            if len(group) < 2:
                raise InvalidValueError(
                    what="a group of conflicting roles", value=", ".join(sorted(group)), hint="two or more"
                )
        kinds = [kind.value for kind in ActorKind]
        for index, entry in enumerate(self.kinds):
            if entry.role not in kinds:
                hint = "one of " + ", ".join(f"`{kind}`" for kind in kinds)
                raise InvalidValueError(what="a kind of actor", value=entry.role, path=f"kinds[{index}]", hint=hint)
        put = object.__setattr__
        put(self, "by_kind", _once("kinds", ((entry.role, entry.actions) for entry in self.kinds)))
        put(self, "by_role", _once("roles", ((entry.role, entry.actions) for entry in self.roles)))
        put(self, "by_duty", _once("duties", ((duty.action, duty.differs_from) for duty in self.duties)))
        put(self, "by_service", _once("catalogue", ((service.id, service) for service in self.catalogue)))
        known = frozenset[str]().union(*self.by_kind.values(), *self.by_role.values())
        put(self, "known_actions", known)
        put(self, "of_staff", frozenset(self.by_kind.get(_STAFF.value, ())))

    def permits(self, kind: ActorKind, roles: Iterable[str], action: str) -> bool:
        """Answer whether an actor of the kind, with the roles, may ever do the action.

        Roles are those of staff: an end user who is an agent elsewhere acts as an end user here.
        """
        if action in self.by_kind.get(kind._value_, ()):
            return True
        return kind is _STAFF and any(action in self.by_role.get(role, ()) for role in roles)

    def roles_that_may(self, action: str) -> frozenset[str]:
        """Answer the roles that let staff do the action, if being staff does not."""
        return frozenset(role for role, actions in self.by_role.items() if action in actions)


def _once(path: str, entries: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in entries:
        if name in known:
            raise InvalidValueError(what="a name of its own", value=name, path=path, problem="it stands twice")
        known[name] = value
    return known
