"""What a failure of PostgreSQL means, whichever driver tells of it."""

from __future__ import annotations

from svcdelivery.errors import (
    Busy,
    IntegrityError,
    InvalidValueError,
    ServiceDeliveryError,
    StoreError,
    StoreFull,
    Unknown,
    UnusableInputError,
)

__all__ = ["failure", "is_busy", "said_by"]

_BUSY = frozenset({"40001", "40P01", "53300", "55P03", "57014", "57P03"})
_LOST = ("08", "57P")
_FULL = frozenset({"53100"})
_DAMAGED = ("XX001", "XX002")
_REFUSED = ("28", "3D", "3F", "42501")


def failure(error: Exception, name: str, *, committing: bool = False, lost: bool = False) -> ServiceDeliveryError:
    """Answer what a failure of PostgreSQL means to the caller.

    Args:
        committing: Whether it failed while the transaction was made to count.
        lost: Whether the connection is gone.
    """
    state = _state(error)
    said = said_by(error)
    if lost or state.startswith(_LOST):
        if committing:
            return Unknown(problem=f"{name}: the connection was lost at the commit; call again with the same key")
        return Busy(problem=f"{name}: the connection was lost; nothing was written")
    if is_busy(error):
        return Busy(problem=f"{name} is busy; nothing was written")
    if state in _FULL:
        return StoreFull(problem=f"{name}: no room is left; nothing was written")
    if state.startswith(_DAMAGED):
        return IntegrityError(problem=f"{name} is damaged: {said}")
    if state.startswith(_REFUSED):
        return UnusableInputError(source=name, problem=said)
    if state.startswith("22") or type(error).__name__ == "DataError":
        return InvalidValueError(what="a value PostgreSQL can hold", value=said)
    return StoreError(problem=f"{name}: {said}")


def said_by(error: Exception) -> str:
    """Answer what the database said, in one line."""
    diagnosis = getattr(getattr(error, "diag", None), "message_primary", None)
    return str(diagnosis or " ".join(str(error).split()) or type(error).__name__)


def is_busy(error: Exception) -> bool:
    """Answer whether the same may go well a moment later."""
    return _state(error) in _BUSY


def _state(error: Exception) -> str:
    # The code of the SQL standard; drivers name it differently.
    return str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
