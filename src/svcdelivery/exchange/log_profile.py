"""Profiles: what the columns, statuses and times of another system's log mean in our words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve, field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.exchange.log_times import TimeReader, time_reader
from svcdelivery.exchange.table import ENCODINGS
from svcdelivery.identity import identifier
from svcdelivery.lifecycle import Phase
from svcdelivery.work import WorkKind, kind_named

__all__ = ["FIELDS", "LogProfile", "SourceStatus"]

FIELDS = (
    "customer", "service", "requester", "agreement", "priority", "impact", "urgency", "summary", "channel", "team",
    "assignee",
)  # fmt: skip
"""Fields of our own that a column, or a constant, can give."""

Pairs = tuple[tuple[str, str], ...]


@frozen
class SourceStatus:
    """What a status of the source means: one of ours, and for work on hold the reason."""

    source: str
    status: str
    hold_reason: str | None = None


def _refuse(what: str, value: object, path: str, hint: str = "", problem: str = "") -> InvalidValueError:
    return InvalidValueError(what=what, value=value, path=path, hint=hint, problem=problem)


def _one_of(accepted: Iterable[str]) -> str:
    return "one of " + ", ".join(f"`{name}`" for name in accepted)


@frozen(kw_only=True)
class LogProfile:
    """How to read a log in which each row is the whole item after one update. Every column is kept, named here or not.

    Attributes:
        kind: What the items are, `incident` or `request`.
        id: The column that names the item.
        updated_at: The column with the time of the update.
        status: The column with the status.
        statuses: What each status means; one that stands nowhere here makes the file unusable.
        times: The form of times: `iso`, or directives such as `%d/%m/%Y %H:%M`.
        zone: Whose wall time the times without an offset are; None refuses them.
        received_at: The column with the time the item came in; without one, its first update is its receipt.
        actor: The column with who made the update, taken for staff; without one, the import itself is the actor.
        counter: The column that counts an item's updates; it tells of updates the log does not hold.
        fields: Our fields and the columns that give them.
        constants: Our fields and what they are on every item, for logs that name no customer or service.
        irregular: Texts in the status column that are no status: the row keeps the status before it, with a finding.
        look_ahead: Columns whose final value stands on earlier rows too, each with the status that makes it true.
        missing: Texts that say a value is missing.
        required: Columns the file must have besides those named above.

    Raises:
        InvalidValueError: A part that cannot be meant, with its path.
        UnknownZoneError: A zone the data do not have.
    """

    name: str = field(converter=identifier)
    kind: str = "incident"
    id: str
    updated_at: str
    status: str
    statuses: tuple[SourceStatus, ...]
    times: str = "iso"
    zone: str | None = None
    received_at: str | None = None
    actor: str | None = None
    counter: str | None = None
    fields: Pairs = ()
    constants: Pairs = ()
    irregular: tuple[str, ...] = ()
    look_ahead: Pairs = ()
    missing: tuple[str, ...] = ("",)
    required: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","

    def __attrs_post_init__(self) -> None:
        kind_named(self.kind)
        if self.encoding not in ENCODINGS:
            raise _refuse("a known encoding", self.encoding, "encoding", _one_of(ENCODINGS))
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n\0 ' or not self.delimiter.isascii():
            raise _refuse("a delimiter", self.delimiter, "delimiter", "one character such as `,` or `;`")
        for column in self.required_columns:
            if not column:
                raise _refuse("the name of a column", column, "columns")
        self._check_fields()
        self._check_statuses()
        self.time_reader()

    def _check_fields(self) -> None:
        seen: set[str] = set()
        for path, pairs in (("columns", self.fields), ("constants", self.constants)):
            for name, _ in pairs:
                if name not in FIELDS:
                    raise _refuse("a field of an item", name, path, _one_of(FIELDS))
                if name in seen:
                    raise _refuse("a field given once", name, f"{path}.{name}", "a column or a constant, not both")
                seen.add(name)

    def _check_statuses(self) -> None:
        phases = self.phases
        if not self.statuses:
            raise _refuse("a list of statuses", "", "statuses", "name each status of the source")
        seen = set(self.irregular)
        for entry in self.statuses:
            path = f"statuses.{entry.source}"
            if entry.status not in phases:
                raise _refuse(f"a status of {self.kind}s", entry.status, path, _one_of(phases))
            if entry.hold_reason is not None and phases[entry.status] is not Phase.HELD:
                raise _refuse("a status with a hold reason", entry.status, path, "only `on_hold` has one")
            if entry.source in seen:
                raise _refuse("a status named once", entry.source, path)
            seen.add(entry.source)
        for column, status in self.look_ahead:
            if status not in phases:
                raise _refuse(f"a status of {self.kind}s", status, f"look_ahead.{column}", _one_of(phases))

    @property
    def work_kind(self) -> WorkKind:
        """The kind of work the items are."""
        return kind_named(self.kind)

    @property
    def phases(self) -> dict[str, Phase]:
        """The statuses of the kind of work and what each means to clocks."""
        table = self.work_kind.table
        return {status.value: table.phase(status) for status in table.statuses}

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns a file must have, each once."""
        named = (self.id, self.updated_at, self.status, self.received_at, self.actor, self.counter)
        columns = [column for column in named if column is not None]
        columns += [column for _, column in self.fields] + [column for column, _ in self.look_ahead]
        return tuple(dict.fromkeys([*columns, *self.required]))

    def time_reader(self) -> TimeReader:
        """Answer a function that reads the log's times."""
        return time_reader(self.times, self.zone)

    def naming(self, **constants: str) -> LogProfile:
        """Answer the same profile with other constants, such as `agreement="acme-2026"`; those not named stay."""
        merged: dict[str, Any] = {**dict(self.constants), **constants}
        return evolve(self, constants=tuple(merged.items()))
