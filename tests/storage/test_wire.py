from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from svcdelivery.storage.postgres.wire import Wire, read_count, read_rows


@pytest.fixture
def raw(postgres_url: str) -> Iterator[psycopg.Connection]:
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        connection.execute("CREATE TEMPORARY TABLE t (text TEXT, number BIGINT, bytes BYTEA)")
        yield connection


@pytest.fixture
def wire(raw: psycopg.Connection) -> Wire:
    return Wire(raw)


ADD = "INSERT INTO t VALUES (%s, %s, %s)"
ALL = "SELECT text, number, bytes FROM t ORDER BY number"


def _count(wire):
    (result,) = wire.ask([("SELECT count(*) FROM t", ())])
    return read_rows(result)[0][0]


class TestValues:
    @pytest.mark.parametrize(
        "row",
        [
            ("", 0, b""),
            ("a", -(2**63), b"a"),
            ("\U0001f600 \u0130 \u00e9", 2**63 - 1, bytes(range(256))),
            ("100 % of %s and $1", 1, b"%s"),
            (None, None, None),
        ],
    )
    def test_values_come_back_as_they_were(self, wire, row):
        """Also once the statement is prepared."""
        for _ in range(5):
            _, _, found = wire.ask([("DELETE FROM t", ()), (ADD, row), (ALL, ())])
            assert read_rows(found) == [row]

    @pytest.mark.parametrize("texts", [[], [""], ['"', "\\", '\\"', "{}", ",", "NULL", "null", " a ", "\n", "\u0130"]])
    def test_many_texts_at_once_come_back_as_they_were(self, wire, texts):
        (found,) = wire.ask([("SELECT unnest(%s::text[])", (texts,))])
        assert [text for (text,) in read_rows(found)] == texts

    def test_a_text_with_a_null_character_is_refused_and_not_cut_off(self, wire):
        with pytest.raises(psycopg.DataError):
            wire.ask([(ADD, ("a\0b", 1, b""))])
        assert _count(wire) == 0

    def test_a_change_tells_how_many_rows_it_met(self, wire):
        wire.ask([(ADD, ("a", number, b"")) for number in range(5)])
        changed, _, none = wire.ask([("DELETE FROM t WHERE number < %s", (3,)), ("BEGIN", ()), ("COMMIT", ())])
        assert (read_count(changed), read_count(none), _count(wire)) == (3, 0, 2)


class TestFailing:
    def test_what_fails_first_is_told_and_nothing_behind_it_is_run(self, raw, wire):
        with pytest.raises(psycopg.errors.DivisionByZero):
            wire.ask([("BEGIN", ()), (ADD, ("a", 1, b"")), ("SELECT 1 / %s::int", (0,)), ("SELECT nothing", ())])
        assert raw.info.transaction_status is psycopg.pq.TransactionStatus.INERROR
        wire.ask([("ROLLBACK", ())])
        assert _count(wire) == 0

    def test_what_was_prepared_in_a_failure_can_be_asked_again(self, wire):
        """Whether the server has kept it is not known: it gets another name."""
        for number in range(8):
            with pytest.raises(psycopg.errors.DivisionByZero):
                wire.ask([("BEGIN", ()), (ADD, ("a", number, b"")), ("SELECT 1 / 0", ())])
            wire.ask([("ROLLBACK", ())])
        wire.ask([(ADD, ("a", 1, b""))] * 3)
        assert _count(wire) == 3

    def test_a_value_that_has_no_form_leaves_the_connection_as_it_was(self, wire):
        with pytest.raises(UnicodeEncodeError):
            wire.ask([(ADD, ("a", 1, b"")), (ADD, ("\ud800", 1, b""))])
        assert _count(wire) == 0

    def test_a_lost_connection_is_closed(self, postgres_url, raw, wire):
        with closing(psycopg.connect(postgres_url, autocommit=True)) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (raw.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            wire.ask([("SELECT pg_sleep(30)", ())] * 2)
        assert raw.closed
        with pytest.raises(psycopg.OperationalError):
            wire.ask([("SELECT 1", ())])

    def test_an_interrupt_closes_the_connection(self, raw, wire):
        """Whoever came next would otherwise take the answers of another for its own."""

        def interrupted(generator):
            next(generator)
            raise KeyboardInterrupt

        wire._raw = _Waiting(raw, interrupted)
        with pytest.raises(KeyboardInterrupt):
            wire.ask([("SELECT pg_sleep(0.05)", ())])
        assert raw.closed


class _Waiting:
    def __init__(self, raw, wait):
        self._raw, self.wait = raw, wait

    def __getattr__(self, name):
        return getattr(self._raw, name)


def test_much_goes_both_ways_in_one_round_trip(wire):
    """More than the sockets hold: the server answers while we still ask."""
    texts = [f"{number} {'x' * 50_000}" for number in range(400)]
    results = wire.ask([("SELECT %s::text", (text,)) for text in texts])
    assert [read_rows(result)[0][0] for result in results] == texts


def test_only_what_is_asked_often_is_prepared(raw, wire):
    """The server keeps what is prepared as long as the connection lasts."""
    for number in range(600):
        wire.ask([(f"SELECT {number}", ()), ("SELECT %s::int8", (number,))])
    found = raw.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'svcdelivery%'").fetchall()
    assert found == [("SELECT $1::int8",)]
