"""Every statement a unit runs, put once for a database."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.storage.protocol import RECORD_COLUMNS
from svcdelivery.storage.sql.dialect import Dialect

__all__ = ["Insert", "Lendable", "Statements", "statements"]

_FACT = "position, stream, version, type, occurred_us, recorded_us, actor, payload, hash"
_RECORD = f"kind, id, stream, version, {', '.join(RECORD_COLUMNS)}, data"
_COMMAND = "key, intent, first, size"
_MESSAGE = "id, topic, stream, due_us, data"


@frozen(kw_only=True)
class Insert:
    """Rows of one table: by a statement for each, or all at once by a database that has a way of its own."""

    table: str
    columns: str
    sql: str


@frozen(kw_only=True)
class Lendable:
    """A table whose due rows are lent to workers.

    Attributes:
        free: Asks for what can be lent; `{among}` narrows it.
        lend: Lends one row, where fences are counted by hand.
        claim: Lends and answers all at once, where rows that others are claiming are passed over.
        settle: Takes out a row that is still lent under the fence.
    """

    free: str
    lend: str
    claim: str
    settle: str


@frozen(kw_only=True)
class Statements:
    """The statements of one database."""

    dialect: Dialect
    tail: str
    lock_tail: str
    new_tenant: str
    set_tail: str
    move_tail: str
    tenants: str
    add_facts: Insert
    take_facts: Insert
    add_commands: Insert
    put_records: Insert
    of_stream: str
    page: str
    last_version: str
    last_versions: str
    command: str
    record: str
    find: str
    arm: str
    disarm: str
    timers_of: str
    due: str
    next_due: str
    next_fence: str
    fence: str
    last_fence: str
    raise_fence: str
    timers: Lendable
    messages: Lendable
    add_message: str
    last_number: str
    waiting: str
    next_message: str
    defer: str
    mark: str
    put_mark: str


def statements(dialect: Dialect) -> Statements:
    """Answer the statements for a database."""
    p, put = dialect.prefix, dialect.put
    payload_out = dialect.payload_out.format("payload")
    read = _FACT.replace("payload", payload_out)
    among = dialect.among.format("?")
    return Statements(
        dialect=dialect,
        tail=put(f"SELECT position, recorded_us, hash FROM {p}tenants WHERE tenant = ?"),
        lock_tail=put(f"SELECT position, recorded_us, hash FROM {p}tenants WHERE tenant = ? FOR UPDATE"),
        new_tenant=put(
            f"INSERT INTO {p}tenants (tenant, position, recorded_us, hash, fence) VALUES (?, 0, NULL, ?, 0)"
            " ON CONFLICT (tenant) DO NOTHING"
        ),
        set_tail=put(
            f"INSERT INTO {p}tenants (tenant, position, recorded_us, hash, fence) VALUES (?, ?, ?, ?, 0)"
            " ON CONFLICT (tenant) DO UPDATE"
            " SET position = excluded.position, recorded_us = excluded.recorded_us, hash = excluded.hash"
        ),
        # Of a tenant that has a row already; it costs a good part less.
        move_tail=put(f"UPDATE {p}tenants SET position = ?, recorded_us = ?, hash = ? WHERE tenant = ?"),
        tenants=f"SELECT tenant FROM {p}tenants WHERE position > 0 ORDER BY tenant",
        add_facts=_add_facts(dialect, dialect.payload_in.format("?")),
        # Many at once, with their payloads as texts where the database keeps them so.
        take_facts=_add_facts(dialect, "?"),
        add_commands=Insert(
            table=f"{p}commands",
            columns=f"tenant, {_COMMAND}",
            sql=put(f"INSERT INTO {p}commands (tenant, {_COMMAND}) VALUES (?, ?, ?, ?, ?)"),
        ),
        put_records=_put_records(dialect),
        of_stream=put(
            f"SELECT {read} FROM {p}facts WHERE tenant = ? AND stream = ? AND version > ? AND version <= ?"
            " ORDER BY version"
        ),
        page=put(f"SELECT {read} FROM {p}facts WHERE tenant = ? AND position > ?{{among}} ORDER BY position LIMIT ?"),
        last_version=put(f"SELECT max(version) FROM {p}facts WHERE tenant = ? AND stream = ?"),
        last_versions=put(
            f"SELECT stream, max(version) FROM {p}facts WHERE tenant = ? AND stream {among} GROUP BY stream"
        ),
        command=put(f"SELECT intent, first, size FROM {p}commands WHERE tenant = ? AND key = ?"),
        record=put(f"SELECT {_RECORD} FROM {p}records WHERE tenant = ? AND kind = ? AND id = ?"),
        find=put(f"SELECT {_RECORD} FROM {p}records WHERE tenant = ? AND kind = ?{{where}} ORDER BY id LIMIT ?"),
        # Arming the same instant again leaves a claim as it is; another instant takes it away.
        arm=put(
            f"INSERT INTO {p}timers AS t (tenant, stream, name, due_us) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tenant, stream, name) DO UPDATE"
            " SET due_us = excluded.due_us, fence = NULL, owner = NULL, until_us = NULL"
            " WHERE t.due_us <> excluded.due_us"
        ),
        disarm=put(f"DELETE FROM {p}timers WHERE tenant = ? AND stream = ? AND name = ?"),
        timers_of=put(f"SELECT stream, name, due_us FROM {p}timers WHERE tenant = ? AND stream = ? ORDER BY name"),
        due=put(
            f"SELECT stream, name, due_us FROM {p}timers WHERE tenant = ? AND due_us <= ?"
            " ORDER BY due_us, stream, name LIMIT ?"
        ),
        next_due=put(f"SELECT min(due_us) FROM {p}timers WHERE tenant = ?"),
        next_fence=put(
            f"INSERT INTO {p}tenants AS t (tenant, position, recorded_us, hash, fence) VALUES (?, 0, NULL, ?, ?)"
            " ON CONFLICT (tenant) DO UPDATE SET fence = t.fence + excluded.fence"
        ),
        fence=put(f"SELECT fence FROM {p}tenants WHERE tenant = ?"),
        last_fence=f"SELECT last_value FROM {p}fences" if dialect.skips_locked else "",
        raise_fence=(
            put(f"SELECT setval('{p}fences', greatest(?, (SELECT last_value FROM {p}fences)))")
            if dialect.skips_locked
            else ""
        ),
        timers=_lendable(dialect, "timers", ("stream", "name"), "stream, name, due_us", "due_us, stream, name"),
        messages=_lendable(
            dialect,
            "messages",
            ("id",),
            f"{_MESSAGE}, attempts",
            "due_us, number",
            counted=", attempts = m.attempts + 1",
        ),
        add_message=put(
            f"INSERT INTO {p}messages (tenant, number, {_MESSAGE}, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, 0)"
            " ON CONFLICT (tenant, id) DO NOTHING"
        ),
        last_number=put(f"SELECT max(number) FROM {p}messages WHERE tenant = ?"),
        waiting=put(
            f"SELECT {_MESSAGE} FROM {p}messages WHERE tenant = ? AND due_us <= ?{{among}}"
            " ORDER BY due_us, number LIMIT ?"
        ),
        next_message=put(f"SELECT min(due_us) FROM {p}messages WHERE tenant = ?"),
        defer=put(
            f"UPDATE {p}messages SET due_us = ?, fence = NULL, owner = NULL, until_us = NULL"
            " WHERE tenant = ? AND id = ? AND fence = ?"
        ),
        mark=put(f"SELECT position FROM {p}marks WHERE tenant = ? AND follower = ?"),
        put_mark=put(
            f"INSERT INTO {p}marks (tenant, follower, position) VALUES (?, ?, ?)"
            " ON CONFLICT (tenant, follower) DO UPDATE SET position = excluded.position"
        ),
    )


def _add_facts(dialect: Dialect, payload: str) -> Insert:
    name = f"{dialect.prefix}facts"
    values = f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, {payload}, ?)"
    return Insert(
        table=name, columns=f"tenant, {_FACT}", sql=dialect.put(f"INSERT INTO {name} (tenant, {_FACT}) {values}")
    )


def _put_records(dialect: Dialect) -> Insert:
    columns = ", ".join(f"{name} = excluded.{name}" for name in _RECORD.split(", ") if name not in {"kind", "id"})
    values = f"VALUES ({', '.join('?' * (len(_RECORD.split(', ')) + 1))})"
    into = f"INTO {dialect.prefix}records (tenant, {_RECORD}) {values}"
    # In SQLite replacing a row whole costs less than setting its columns.
    sql = (
        f"REPLACE {into}"
        if dialect.name == "sqlite"
        else f"INSERT {into} ON CONFLICT (tenant, kind, id) DO UPDATE SET {columns}"
    )
    return Insert(table=f"{dialect.prefix}records", columns=f"tenant, {_RECORD}", sql=dialect.put(sql))


def _lendable(
    dialect: Dialect, name: str, key: tuple[str, ...], columns: str, order: str, *, counted: str = ""
) -> Lendable:
    p, put = dialect.prefix, dialect.put
    same = " AND ".join(f"{column} = ?" for column in key)
    joined = " AND ".join(f"m.{column} = n.{column}" for column in key)
    sorted_by = ", ".join(dict.fromkeys([*key, *order.split(", ")]))
    answered = ", ".join(f"m.{column}" for column in columns.split(", "))
    free = (
        f"FROM {p}{name} WHERE tenant = ? AND due_us <= ? AND (until_us IS NULL OR until_us <= ?){{among}}"
        f" ORDER BY {order} LIMIT ?"
    )
    return Lendable(
        free=put(f"SELECT {columns} {free}"),
        lend=put(f"UPDATE {p}{name} AS m SET fence = ?, owner = ?, until_us = ?{counted} WHERE tenant = ? AND {same}"),
        # Fences are drawn in the order of due instants, once the rows are this worker's.
        claim=put(
            f"WITH free AS MATERIALIZED (SELECT {sorted_by} {free} FOR UPDATE SKIP LOCKED), n AS"
            f" MATERIALIZED (SELECT {', '.join(key)}, nextval('{p}fences') AS fence FROM"
            f" (SELECT * FROM free ORDER BY {order}) AS f)"
            f" UPDATE {p}{name} AS m SET fence = n.fence, owner = ?, until_us = ?{counted} FROM n"
            f" WHERE m.tenant = ? AND {joined} RETURNING {answered}, m.fence"
        ),
        settle=put(f"DELETE FROM {p}{name} WHERE tenant = ? AND {same} AND fence = ?"),
    )
