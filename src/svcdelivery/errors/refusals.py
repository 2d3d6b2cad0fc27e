"""Refusals: what is not there, not agreed, not possible now, or not permitted."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from svcdelivery.errors.base import ServiceDeliveryError, quoted

__all__ = [
    "AgreementConflictError",
    "AgreementNotFoundError",
    "CorrectionRefusedError",
    "LifecycleDefinitionError",
    "NotFoundError",
    "NotPermittedError",
    "ProcedureRefusedError",
    "TransitionRefusedError",
]


@define(kw_only=True, slots=False)
class NotFoundError(ServiceDeliveryError, LookupError):
    """Something asked for by id that is not there."""

    code: ClassVar[str] = "SVC-E400"

    what: str
    id: str

    @property
    def message(self) -> str:
        """What is missing."""
        return f"unknown {self.what} {quoted(self.id)}"


@define(kw_only=True, slots=False)
class AgreementNotFoundError(ServiceDeliveryError, LookupError):
    """None, or more than one, agreement covers what was asked for."""

    code: ClassVar[str] = "SVC-E401"

    customer: str
    service: str
    candidates: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Which agreements match, or that none does."""
        asked = f"customer {quoted(self.customer)} and service {quoted(self.service)}"
        if not self.candidates:
            return f"no agreement covers {asked}"
        return f"several agreements cover {asked}: " + ", ".join(quoted(c) for c in self.candidates)


@define(kw_only=True, slots=False)
class AgreementConflictError(ServiceDeliveryError, ValueError):
    """The same revision of an agreement, registered with other terms."""

    code: ClassVar[str] = "SVC-E402"

    agreement: str
    revision: int

    @property
    def message(self) -> str:
        """Which revision."""
        return f"revision {self.revision} of agreement {quoted(self.agreement)} is registered with other terms"


@define(kw_only=True, slots=False)
class LifecycleDefinitionError(ServiceDeliveryError, TypeError):
    """A chart that does more than define statuses and moves."""

    code: ClassVar[str] = "SVC-E403"

    lifecycle: str
    problem: str

    @property
    def message(self) -> str:
        """Which chart and what it must not do."""
        return f"lifecycle {quoted(self.lifecycle)}: {self.problem}"


@define(kw_only=True, slots=False)
class TransitionRefusedError(ServiceDeliveryError, ValueError):
    """An action was asked for that the current status does not allow."""

    code: ClassVar[str] = "SVC-E404"

    subject: str
    status: str
    action: str
    possible: tuple[str, ...] = ()
    ground: str = ""

    @property
    def message(self) -> str:
        """What was asked, the status, and what is possible from there."""
        moves = ", ".join(self.possible) if self.possible else "none"
        why = f" ({self.ground})" if self.ground else ""
        return f"cannot {self.action} {quoted(self.subject)}: it is {self.status}{why}; possible from there: {moves}"


@define(kw_only=True, slots=False)
class CorrectionRefusedError(ServiceDeliveryError, ValueError):
    """A correction that would leave behind a course of events the lifecycle does not have."""

    code: ClassVar[str] = "SVC-E405"

    subject: str
    problem: str

    @property
    def message(self) -> str:
        """Which item, and what could not have happened."""
        return f"cannot correct {quoted(self.subject)}: {self.problem}"


@define(kw_only=True, slots=False)
class ProcedureRefusedError(ServiceDeliveryError, ValueError):
    """A step of a procedure that is not the next one, or not for whom wants to take it."""

    code: ClassVar[str] = "SVC-E406"

    run: str
    step: str
    problem: str

    @property
    def message(self) -> str:
        """Which run and step, and why not."""
        step = f" step {quoted(self.step)}" if self.step else ""
        return f"run {quoted(self.run)}{step}: {self.problem}"


@define(kw_only=True, slots=False)
class NotPermittedError(ServiceDeliveryError, PermissionError):
    """A denied command. The text is what an outsider may know; `reasons` is for those entitled to read the log."""

    code: ClassVar[str] = "SVC-E500"

    reasons: tuple[str, ...] = ()
    public: str = "not permitted"

    @property
    def message(self) -> str:
        """Nothing an outsider may not know."""
        return self.public
