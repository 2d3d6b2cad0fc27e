"""Every refusal a caller can react to: one base, one class per failure, one line per message."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from attrs import define, fields, frozen

__all__ = [
    "AgreementConflictError",
    "AgreementNotFoundError",
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
    "NotFoundError",
    "NotPermittedError",
    "Problem",
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


# -- values ------------------------------------------------------------------------------------------------------------


@define(kw_only=True, slots=False)
class InvalidValueError(ServiceDeliveryError, ValueError):
    """A value of the right type that cannot be meant."""

    code: ClassVar[str] = "SVC-E100"

    what: str
    value: object
    problem: str = ""

    @property
    def message(self) -> str:
        """What was refused and why."""
        return f"{quoted(self.value)} is not {self.what}" + (f": {self.problem}" if self.problem else "")


@define(kw_only=True, slots=False)
class WrongTypeError(ServiceDeliveryError, TypeError):
    """A value of a type that is never guessed at, such as a bool where a number is due."""

    code: ClassVar[str] = "SVC-E101"

    expected: str
    value: object

    @property
    def message(self) -> str:
        """What was expected and what was given."""
        return f"expected {self.expected}, got {type(self.value).__name__} {quoted(self.value)}"


@define(kw_only=True, slots=False)
class NaiveTimeError(ServiceDeliveryError, ValueError):
    """A time without a zone: nothing is ever assumed."""

    code: ClassVar[str] = "SVC-E102"

    value: object

    @property
    def message(self) -> str:
        """Which time has no zone."""
        return f"no zone given for {quoted(self.value)}"


@define(kw_only=True, slots=False)
class InvalidInstantError(InvalidValueError):
    """A text that is no RFC 3339 or RFC 9557 instant."""

    code: ClassVar[str] = "SVC-E103"

    what: str = "an instant"


@define(kw_only=True, slots=False)
class InvalidDurationError(InvalidValueError):
    """A text that is no exact ISO 8601 duration."""

    code: ClassVar[str] = "SVC-E104"

    what: str = "a duration"


@define(kw_only=True, slots=False)
class UnknownZoneError(InvalidValueError):
    """A name that the IANA time zone data do not have."""

    code: ClassVar[str] = "SVC-E105"

    what: str = "a known zone"
    hint: str = "an IANA name such as `Europe/Paris`"


@define(kw_only=True, slots=False)
class EmptyIntervalError(ServiceDeliveryError, ValueError):
    """An interval that ends when or before it starts."""

    code: ClassVar[str] = "SVC-E106"

    start: object
    end: object

    @property
    def message(self) -> str:
        """Both ends."""
        return f"empty or negative interval from {quoted(self.start)} to {quoted(self.end)}"


@define(kw_only=True, slots=False)
class LimitExceededError(ServiceDeliveryError, ValueError):
    """A stated cap is passed."""

    code: ClassVar[str] = "SVC-E107"

    what: str
    limit: int

    @property
    def message(self) -> str:
        """Which cap."""
        return f"too many {self.what}: at most {self.limit}"


# -- service hours -----------------------------------------------------------------------------------------------------


@define(kw_only=True, slots=False)
class NeverOpenError(ServiceDeliveryError, ValueError):
    """Service hours that hold no open time where some is needed."""

    code: ClassVar[str] = "SVC-E300"

    after: object = None

    @property
    def message(self) -> str:
        """Since when nothing opens."""
        return "the service is never open" + (f" after {quoted(self.after)}" if self.after is not None else "")


@define(kw_only=True, slots=False)
class NotCoveredError(ServiceDeliveryError, ValueError):
    """A date outside the years the holiday list covers; it is not taken for a working day."""

    code: ClassVar[str] = "SVC-E301"

    date: object
    first_year: int
    last_year: int

    @property
    def message(self) -> str:
        """Which date, and which years are covered."""
        covered = f"the years {self.first_year} to {self.last_year} that the closed dates cover"
        return f"{quoted(self.date)} lies outside {covered}"


# -- documents ---------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Problem:
    """One mistake or warning in a document, with its place."""

    code: str
    path: str
    message: str
    hint: str = ""
    source: str = ""
    line: int | None = None
    column: int | None = None

    @property
    def is_warning(self) -> bool:
        """Whether the document can be used all the same."""
        return self.code.startswith("SVC-W")

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part not in ("", None))
        head = f"{place}: " if place else ""
        where = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{head}{self.code} {where}{self.message}{hint}"


@define(kw_only=True, slots=False)
class DocumentError(ServiceDeliveryError, ValueError):
    """A document with mistakes: all of them at once, in the order of their places."""

    code: ClassVar[str] = "SVC-E200"

    problems: tuple[Problem, ...]

    @property
    def message(self) -> str:
        """Every problem, a line each."""
        return "\n".join(str(problem) for problem in self.problems)


@define(kw_only=True, slots=False)
class UnusableInputError(ServiceDeliveryError, ValueError):
    """A file or stream that cannot be read as what it is said to be."""

    code: ClassVar[str] = "SVC-E201"

    source: str
    problem: str

    @property
    def message(self) -> str:
        """Which input and why."""
        return f"{quoted(self.source)}: {self.problem}"


@define(kw_only=True, slots=False)
class ExtraMissingError(ServiceDeliveryError):
    """A feature whose optional dependency is not installed."""

    code: ClassVar[str] = "SVC-E202"

    extra: str
    feature: str

    @property
    def message(self) -> str:
        """Which extra to install."""
        return f"{self.feature} needs the extra `{self.extra}`: pip install 'svcdelivery[{self.extra}]'"


# -- agreements, lifecycles, permission --------------------------------------------------------------------------------


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
class NotPermittedError(ServiceDeliveryError, PermissionError):
    """A denied command. The text is what an outsider may know; `reasons` is for those entitled to read the log."""

    code: ClassVar[str] = "SVC-E500"

    reasons: tuple[str, ...] = ()
    public: str = "not permitted"

    @property
    def message(self) -> str:
        """Nothing an outsider may not know."""
        return self.public


# -- storage -----------------------------------------------------------------------------------------------------------


@define(kw_only=True, slots=False)
class StoreError(ServiceDeliveryError):
    """The base of what a store can fail with."""

    code: ClassVar[str] = "SVC-E600"

    problem: str = "the store failed"

    @property
    def message(self) -> str:
        """What failed."""
        return self.problem


@define(kw_only=True, slots=False)
class Conflict(StoreError):
    """Somebody else wrote the stream first; read again and judge again."""

    code: ClassVar[str] = "SVC-E601"

    stream: str
    expected: int
    actual: int

    @property
    def message(self) -> str:
        """Both versions."""
        return f"{quoted(self.stream)}: expected version {self.expected}, found {self.actual}"


@define(kw_only=True, slots=False)
class KeyReused(StoreError, ValueError):
    """A command key that was used before, for another intent."""

    code: ClassVar[str] = "SVC-E602"

    key: str

    @property
    def message(self) -> str:
        """Which key."""
        return f"the key {quoted(self.key)} was used for another command or other arguments"


@define(kw_only=True, slots=False)
class Busy(StoreError):
    """The store could not be had in time; nothing was written, and the same call may be tried again."""

    code: ClassVar[str] = "SVC-E603"

    problem: str = "the store is busy; nothing was written"


@define(kw_only=True, slots=False)
class Unknown(StoreError):
    """Whether the commit took place is not known; the same call with the same key finds out."""

    code: ClassVar[str] = "SVC-E604"

    problem: str = "the outcome of the commit is not known; call again with the same key"


@define(kw_only=True, slots=False)
class StoreFull(StoreError):
    """There is no room to write; nothing was written."""

    code: ClassVar[str] = "SVC-E605"

    problem: str = "the store is full; nothing was written"


@define(kw_only=True, slots=False)
class IntegrityError(StoreError, ValueError):
    """Stored bytes that do not match their hash, their neighbors or their form."""

    code: ClassVar[str] = "SVC-E606"

    position: int | None = None

    @property
    def message(self) -> str:
        """What is damaged, and the first bad entry."""
        return self.problem if self.position is None else f"entry {self.position}: {self.problem}"
