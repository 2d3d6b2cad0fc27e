"""Every refusal a caller can react to: one base, one class per failure, one line per message."""

from __future__ import annotations

from svcdelivery.errors.base import ServiceDeliveryError, quoted
from svcdelivery.errors.delivery import NotDeliveredError
from svcdelivery.errors.documents import DocumentError, ExtraMissingError, Problem, UnusableInputError
from svcdelivery.errors.hours import NeverOpenError, NotCoveredError
from svcdelivery.errors.refusals import (
    AgreementConflictError,
    AgreementNotFoundError,
    CorrectionRefusedError,
    LifecycleDefinitionError,
    NotFoundError,
    NotPermittedError,
    ProcedureRefusedError,
    TransitionRefusedError,
)
from svcdelivery.errors.storage import Busy, Conflict, IntegrityError, KeyReused, StoreError, StoreFull, Unknown
from svcdelivery.errors.values import (
    EmptyIntervalError,
    InvalidDurationError,
    InvalidInstantError,
    InvalidValueError,
    LimitExceededError,
    NaiveTimeError,
    UnknownZoneError,
    WrongTypeError,
)

__all__ = [
    "AgreementConflictError",
    "AgreementNotFoundError",
    "CorrectionRefusedError",
    "Busy",
    "Conflict",
    "DocumentError",
    "EmptyIntervalError",
    "ExtraMissingError",
    "IntegrityError",
    "InvalidDurationError",
    "InvalidInstantError",
    "InvalidValueError",
    "KeyReused",
    "LifecycleDefinitionError",
    "LimitExceededError",
    "NaiveTimeError",
    "NeverOpenError",
    "NotCoveredError",
    "NotDeliveredError",
    "NotFoundError",
    "NotPermittedError",
    "Problem",
    "ProcedureRefusedError",
    "ServiceDeliveryError",
    "StoreError",
    "StoreFull",
    "TransitionRefusedError",
    "Unknown",
    "UnknownZoneError",
    "UnusableInputError",
    "WrongTypeError",
    "quoted",
]

# Tracebacks, pickles and pages name the errors by the place they are imported from.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
