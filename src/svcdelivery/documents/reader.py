"""How a room reads a document: values asked for by key, and every problem collected with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar

from svcdelivery.documents.codes import Code
from svcdelivery.documents.complaints import Complaints
from svcdelivery.documents.tree import Plain, Step, Steps, path_text
from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, quoted
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, from_micros, parse_duration, parse_instant

__all__ = ["REQUIRED", "Cursor", "Fields", "Reader"]

T = TypeVar("T")
D = TypeVar("D")

# Any, so that a reading method without a default is typed by what it reads alone.
REQUIRED: Any = object()
"""The default of values that must be given."""

_KINDS = {
    type(None): "nothing",
    bool: "bool",
    int: "integer",
    Decimal: "number",
    str: "text",
    list: "a list",
    dict: "a mapping",
}
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?", re.ASCII)
_EPOCH = from_micros(0)


class Reader(Complaints):
    """Collects what is wrong with one document while its parts are read.

    A room reads like this::

        reader = Reader(parse_document(text, source="teams.yaml", keep_going=True))
        with reader.root.mapping() as fields:
            name = fields["name"].text()
            wait = fields["wait"].duration(default=timedelta(0))
        reader.finish()

    A value that is missing or wrong is reported and stood in for by an empty one, so reading goes on; `finish` raises
    before anything is made of it. Keys nobody asked for are unknown keys.
    """

    @property
    def root(self) -> Cursor:
        """The whole document."""
        return Cursor(self, (), self.document.data)


class Cursor:
    """One value of a document, or the place where one is missing.

    Every reading method takes a `default` for a value that is not given; without one the value is required.
    """

    __slots__ = ("_is_given", "_is_silent", "reader", "steps", "value")

    def __init__(
        self, reader: Reader, steps: Steps, value: Plain, *, is_given: bool = True, is_silent: bool = False
    ) -> None:
        self.reader = reader
        self.steps = steps
        self.value = value
        self._is_given = is_given
        # What stands in for a value that is reported already says nothing more.
        self._is_silent = is_silent or steps in reader.document.broken

    @property
    def path(self) -> str:
        """Where it stands, such as `services.email.targets[0].within`."""
        return path_text(self.steps)

    @property
    def is_given(self) -> bool:
        """Whether the document has the value."""
        return self._is_given

    def refuse(self, code: Code, message: str, hint: str = "", *, at_key: bool = False) -> None:
        """Note a problem of this value."""
        if not self._is_silent:
            self.reader.report(code, self.steps, message, hint, at_key=at_key)

    def made(self, build: Callable[[], T]) -> T | None:
        """Answer what `build` makes of values read from here, None when one of them is wrong or `build` refuses it.

        A refusal becomes a problem, at the part of this value that the error names.
        """
        if self._is_silent or not self.reader.is_clean(self.steps):
            return None
        try:
            return build()
        except ServiceDeliveryError as error:
            self.reader.report_error(self.steps, error)
            return None

    # -- single values -------------------------------------------------------------------------------------------------

    def text(self, *, default: D = REQUIRED) -> str | D:
        """Answer a text as it is; control characters other than line ends and tabs are refused."""
        value = self._of((str,), "text")
        if not isinstance(value, str):
            return self._or(default, "")
        bad = next((c for c in value if c < " " and c not in "\n\t"), None)
        if bad is not None:
            self.refuse(Code.BAD_CHARACTER, f"text with the control character U+{ord(bad):04X}")
        return value

    def identifier(self, what: str = "an id", *, default: D = REQUIRED) -> str | D:
        """Answer an id: 1 to 200 printable characters, not blank at an end."""
        value = self._of((str,), "text")
        return self._read(value, lambda text: identifier(text, what), default, "")

    def choice(self, accepted: Collection[str], what: str, *, default: D = REQUIRED) -> str | D:
        """Answer one of the accepted words, compared exactly."""
        value = self._of((str,), "text")
        if not isinstance(value, str):
            return self._or(default, "")
        if value not in accepted:
            shown = ", ".join(quoted(word) for word in accepted)
            self.refuse(Code.INVALID_VALUE, f"unknown {what} {quoted(value)}", f"one of {shown}")
        return value

    def known(self, names: Collection[str] | None, what: str, *, default: D = REQUIRED) -> str | D:
        """Answer a name that the document defines elsewhere.

        Args:
            names: What is defined; None when that could not be read, so that nothing is said of the name.
            what: What is referred to, such as `service`.
            default: What stands for a name that is not given.
        """
        value = self._of((str,), "text")
        if not isinstance(value, str):
            return self._or(default, "")
        if names is not None and value not in names:
            self.refuse(Code.UNKNOWN_REFERENCE, f"unknown {what} {quoted(value)}", self.reader.suggestion(value, names))
        return value

    def truth(self, *, default: D = REQUIRED) -> bool | D:
        """Answer true or false."""
        value = self._of((bool,), "true or false")
        return value if isinstance(value, bool) else self._or(default, False)

    def whole(self, least: int, most: int, *, default: D = REQUIRED) -> int | D:
        """Answer an integer within the bounds, both included."""
        value = self._of((int,), "an integer")
        if not isinstance(value, int):
            return self._or(default, least)
        if not least <= value <= most:
            self.refuse(Code.INVALID_VALUE, f"{quoted(value)} is out of range", f"{least} to {most}")
        return value

    def decimal(self, *, default: D = REQUIRED) -> Decimal | D:
        """Answer a number exactly as written, also where it is written as text; with a point, never a comma."""
        value = self._of((int, Decimal, str), "a number")
        if isinstance(value, int | Decimal):
            return Decimal(value)
        if not isinstance(value, str):
            return self._or(default, Decimal(0))
        if not _NUMBER.fullmatch(value):
            hint = "write a decimal point" if _NUMBER.fullmatch(value.replace(",", ".")) else "such as 95 or 99.9"
            self.refuse(Code.INVALID_VALUE, f"{quoted(value)} is not a number", hint)
            return Decimal(0)
        return Decimal(value)

    def duration(self, *, positive: bool = False, default: D = REQUIRED) -> timedelta | D:
        """Answer an exact ISO 8601 duration, such as `PT8H`; with `positive`, longer than nothing."""
        value = self._of((str,), "the text of a duration such as PT8H")
        duration = self._read(value, parse_duration, default, timedelta(0))
        if positive and value is not None and duration == timedelta(0) and self.reader.is_clean(self.steps):
            self.refuse(Code.INVALID_VALUE, f"{quoted(value)} is too short", "longer than nothing")
        return duration

    def instant(self, *, default: D = REQUIRED) -> Instant | D:
        """Answer an instant: date, time and offset."""
        value = self._of((str,), "the text of an instant")
        return self._read(value, parse_instant, default, _EPOCH)

    def converted(self, read: Callable[[str], T], expected: str, *, default: D = REQUIRED) -> T | D | None:
        """Answer what `read` makes of the text, None for what it refuses with an error of this library."""
        return self._read(self._of((str,), expected), read, default, None)

    # -- lists and mappings --------------------------------------------------------------------------------------------

    def each(self, *, optional: bool = False) -> list[Cursor]:
        """Answer the items of a list in order; none for a list that is optional and not given."""
        value = self._collection(list, "a list", optional=optional)
        return [self._item(i, item) for i, item in enumerate(value)] if isinstance(value, list) else []

    def one_or_each(self, *, optional: bool = False) -> list[Cursor]:
        """Answer the items of a list, or the value itself where one stands alone."""
        if self._is_given and isinstance(self.value, list):
            return self.each()
        if self._is_given or not optional:
            return [self]
        return []

    def entries(self, what: str = "", *, optional: bool = False) -> list[tuple[str, Cursor]]:
        """Answer the keys and values of a mapping whose keys are names of the user's own, in order.

        With `what`, such as `the id of a service`, the keys are ids, and one that cannot be is reported.
        """
        value = self._collection(dict, "a mapping", optional=optional)
        found = [(key, self._item(key, item)) for key, item in value.items()] if isinstance(value, dict) else []
        for key, at in found if what else ():
            try:
                identifier(key, what)
            except InvalidValueError as error:
                at.refuse(Code.INVALID_VALUE, error.message, error.hint, at_key=True)
        return found

    def mapping(self, *, optional: bool = False) -> Fields:
        """Answer a mapping whose keys are words of the form, for use in a `with` block."""
        value = self._collection(dict, "a mapping", optional=optional)
        return Fields(self, value if isinstance(value, dict) else None)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _item(self, step: Step, value: Plain) -> Cursor:
        return Cursor(self.reader, (*self.steps, step), value, is_silent=self._is_silent)

    def _of(self, kinds: tuple[type, ...], expected: str) -> Plain:
        """Answer the value when it is of those kinds, else None; a value of another kind is reported."""
        if not self._is_given or self._is_silent:
            return None
        if type(self.value) in kinds:
            return self.value
        kind = _KINDS[type(self.value)]
        shown = f"{kind} {quoted(_as_written(self.value))}" if isinstance(self.value, str | int | Decimal) else kind
        self.refuse(Code.WRONG_TYPE, f"expected {expected}, got {shown}", self._hint(kinds))
        return None

    def _collection(self, kind: type, expected: str, *, optional: bool) -> Plain:
        if not self._is_given and not optional:
            self._report_missing()
        return self._of((kind,), expected)

    def _hint(self, kinds: tuple[type, ...]) -> str:
        if self.value is None:
            return "give a value, or leave the key out"
        if str in kinds and isinstance(self.value, bool | int | Decimal):
            return f'put it in quotes: "{_as_written(self.value)}"'
        return ""

    def _or(self, default: D, stand_in: T) -> T | D:
        """Answer the default for a value that is not given, else what stands in for a wrong one."""
        if self._is_given:
            return stand_in
        if default is not REQUIRED:
            return default
        self._report_missing()
        return stand_in

    def _report_missing(self) -> None:
        if not self._is_silent:
            around, key = self.steps[:-1], self.steps[-1] if self.steps else ""
            self.reader.report(Code.MISSING_KEY, around, f"the key {quoted(key)} is missing", at_key=True)

    def _read(self, value: Plain, read: Callable[[str], T], default: D, stand_in: T) -> T | D:
        if not isinstance(value, str):
            return self._or(default, stand_in)
        try:
            return read(value)
        except ServiceDeliveryError as error:
            self.reader.report_error(self.steps, error)
            return stand_in


class Fields:
    """The keys of one mapping. On leaving the `with` block, keys that nobody asked for are reported as unknown."""

    def __init__(self, cursor: Cursor, values: dict[str, Plain] | None) -> None:
        self._cursor = cursor
        self._values = values
        self._asked: dict[str, None] = {}

    def __getitem__(self, key: str) -> Cursor:
        """Answer the value of a key, or the place where it is missing."""
        self._asked[key] = None
        at = self._cursor
        if self._values is not None and key in self._values:
            return at._item(key, self._values[key])
        silent = self._values is None
        return Cursor(at.reader, (*at.steps, key), None, is_given=False, is_silent=silent)

    def __contains__(self, key: str) -> bool:
        self._asked[key] = None
        return self._values is not None and key in self._values

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        reader = self._cursor.reader
        for key in self._values or ():
            if key not in self._asked:
                # A key that is given already is hardly what was meant by another one.
                free = [asked for asked in self._asked if asked not in (self._values or ())]
                hint = reader.suggestion(key, free, listed=self._asked)
                steps = (*self._cursor.steps, key)
                reader.report(Code.UNKNOWN_KEY, steps, f"unknown key {quoted(key)}", hint, at_key=True)


def _as_written(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else quoted(value)[1:-1]
