"""The agreed approach to delivery: roles, procedures, priorities and escalation, held against the agreement.

Source:
    CMMI-SVC 1.3 SD SP 3.2
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRevision
from svcdelivery.documents import Code, path_text
from svcdelivery.errors import InvalidValueError, Problem
from svcdelivery.facts import Fact, digest, fact_type
from svcdelivery.identity import identifier, names
from svcdelivery.system.procedure import Procedure
from svcdelivery.timeline import format_duration

__all__ = ["ApproachRegistered", "DeliveryApproach", "ServiceApproach", "approach_stream", "fold_approaches"]

_ROLE = "role:"


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(identifier(value, "a name") for value in values)


@frozen(kw_only=True)
class ServiceApproach:
    """How one service is delivered.

    Attributes:
        role: Whose part it is.
        procedures: What is followed, by the ids of procedures.
    """

    service: str = field(converter=identifier)
    role: str = field(converter=identifier)
    procedures: tuple[str, ...] = field(default=(), converter=_ids)


def _services(values: Iterable[ServiceApproach]) -> tuple[ServiceApproach, ...]:
    return tuple(values)


@frozen(kw_only=True)
class DeliveryApproach:
    """What provider and customer agreed on about how the services of one agreement are delivered.

    Attributes:
        agreement: Whose services.
        version: Rises with each change.
        roles: The parts people play.
        priorities: The ranked priorities that are worked by; None where the approach leaves them to the agreement.
        escalation: The policies of the agreement that are followed.
        reopening_window: How long after it is done work is taken up again; None leaves it to the agreement.

    Raises:
        InvalidValueError: A version below 1, or a service that stands twice.
    """

    agreement: str = field(converter=identifier)
    version: int = 1
    roles: frozenset[str] = field(converter=names)
    services: tuple[ServiceApproach, ...] = field(default=(), converter=_services)
    priorities: tuple[str, ...] | None = None
    escalation: tuple[str, ...] = field(default=(), converter=_ids)
    reopening_window: timedelta | None = None

    def __attrs_post_init__(self) -> None:
        if self.version < 1:
            raise InvalidValueError(what="a version", value=self.version, path="version", hint="1 or more")
        known: set[str] = set()
        for one in self.services:
            if one.service in known:
                raise InvalidValueError(what="a service of its own", value=one.service, path=f"services.{one.service}")
            known.add(one.service)

    @property
    def digest(self) -> str:
        """The SHA-256 of the approach: equal rules, equal digest."""
        return digest(self)

    def validate(self, terms: AgreementRevision, procedures: Collection[Procedure]) -> tuple[Problem, ...]:
        """Answer every place at which the approach does not fit the agreement or the procedures there are.

        Each problem has its code and the path to it in the approach document; none means that work can be done by
        this approach.
        """
        if terms.agreement != self.agreement:
            return (_unknown(("approach", "agreement"), f"agreement `{self.agreement}`", (terms.agreement,)),)
        known = {procedure.id for procedure in procedures}
        return (*self._of_services(terms, known), *self._of_people(terms), *self._of_rules(terms))

    def _of_services(self, terms: AgreementRevision, procedures: Collection[str]) -> Iterator[Problem]:
        covered = {service.id for service in terms.services}
        for one in self.services:
            place = ("services", one.service)
            if one.service not in covered:
                yield _unknown(place, f"service `{one.service}`", covered)
            if one.role not in self.roles:
                yield _unknown((*place, "role"), f"role `{one.role}`", self.roles)
            for number, procedure in enumerate(one.procedures):
                if procedure not in procedures:
                    yield _unknown((*place, "procedures", number), f"procedure `{procedure}`", procedures)
        told = {one.service for one in self.services}
        for service in terms.services:
            if service.approved is not None and service.id not in told:
                yield _differs(("services",), f"nothing says how `{service.id}` is delivered", "name it with its role")

    def _of_people(self, terms: AgreementRevision) -> Iterator[Problem]:
        for service in terms.services:
            for who in service.delivered_by:
                role = str(who).removeprefix(_ROLE)
                if str(who).startswith(_ROLE) and role not in self.roles:
                    message = f"the agreement lets role `{role}` deliver `{service.id}`"
                    yield _differs(("roles",), message, "name the role")

    def _of_rules(self, terms: AgreementRevision) -> Iterator[Problem]:
        ranked = terms.priorities.ranked
        if self.priorities is not None and self.priorities != ranked:
            yield _differs(
                ("priorities",), "the agreement ranks them otherwise", ", ".join(f"`{one}`" for one in ranked)
            )
        policies = {policy.name for policy in terms.escalation}
        for index, name in enumerate(self.escalation):
            if name not in policies:
                yield _unknown(("escalation", index), f"escalation policy `{name}`", policies)
        window = self.reopening_window
        if window is not None and window != terms.reopening_window:
            agreed = format_duration(terms.reopening_window)
            yield _differs(("reopening_window",), f"{format_duration(window)} is not what was agreed", agreed)


def _unknown(steps: tuple[str | int, ...], what: str, known: Collection[str]) -> Problem:
    hint = ", ".join(f"`{one}`" for one in sorted(known)) or "there is none"
    return Problem(code=Code.UNKNOWN_REFERENCE.value, path=path_text(steps), message=f"unknown {what}", hint=hint)


def _differs(steps: tuple[str | int, ...], message: str, hint: str) -> Problem:
    return Problem(code=Code.CONTRADICTION.value, path=path_text(steps), message=message, hint=hint)


@fact_type("approach.registered/1")
@frozen
class ApproachRegistered:
    """Work is to be done by this approach from now on."""

    approach: DeliveryApproach


def approach_stream(agreement: str) -> str:
    """Answer the name of the stream that holds the versions of an agreement's approach."""
    return f"approach:{agreement}"


def fold_approaches(facts: Iterable[Fact[Any]]) -> tuple[DeliveryApproach, ...]:
    """Answer the versions of an approach its facts tell, the one to work by last."""
    return tuple(fact.body.approach for fact in facts if isinstance(fact.body, ApproachRegistered))
