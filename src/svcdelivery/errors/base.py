"""The base of every error, and how values stand in messages."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from attrs import define, fields

__all__ = ["ServiceDeliveryError", "quoted"]

_SHOWN_MOST = 200


def quoted(value: object) -> str:
    """Answer the value as it may stand in a message: in backticks, one line, at most 200 characters."""
    text = value if isinstance(value, str) else _plain(value)
    shown = text[:_SHOWN_MOST] + ("…" if len(text) > _SHOWN_MOST else "")
    return "`" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown) + "`"


def _plain(value: object) -> str:
    # CPython refuses to print integers of more than 4300 digits, with a message of its own.
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4096:
        return f"an integer of {value.bit_length()} bits"
    return str(value)


@define(kw_only=True, slots=False)
class ServiceDeliveryError(Exception):
    """The base of every error this library raises on purpose.

    No slots here: built-in exceptions have layouts of their own, and ours stand beside them.

    Attributes:
        path: Where the refused value stands, for instance `services.email.targets[0]`; empty when there is no place.
        hint: What would be accepted; empty when the message says it.
    """

    code: ClassVar[str] = "SVC-E000"

    path: str = ""
    hint: str = ""

    @property
    def message(self) -> str:
        """What was refused and why, without place or hint."""
        return "service delivery failed"

    @property
    def doc(self) -> str:
        """The page and anchor that explain this error, relative to the documentation's root."""
        return f"reference/errors.html#{self.code.lower()}"

    def at(self, path: str) -> Self:
        """Answer the same error, told where it happened; a path that is known already is put behind."""
        self.path = f"{path}.{self.path}" if path and self.path else path or self.path
        return self

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are rebuilt from positional arguments by default; ours take keywords only.
        return _rebuild, (type(self), {a.alias: getattr(self, a.name) for a in fields(type(self))})


def _rebuild(kind: type[ServiceDeliveryError], values: dict[str, Any]) -> ServiceDeliveryError:
    return kind(**values)
