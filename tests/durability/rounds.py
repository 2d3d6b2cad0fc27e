"""The rounds of a run: which store, under what, how much."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

import psycopg
from attrs import frozen

from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.nemesis import NemesisReport, Strike, run_nemesis
from svcdelivery.testing.postgres import PostgresServer, postgres_programs
from tests.durability import disks
from tests.durability.desk import DESK
from tests.durability.power_loss import Outages, Setting, outages
from tests.durability.proxy import Proxy, proxied

__all__ = ["PARTS", "Round", "open_quietly"]

_SECONDS_MOST = 1800


@frozen
class Round:
    """One round: what it is called, and what it found."""

    name: str
    found: NemesisReport | Outages


Part = Callable[[int, float], Iterator[Round]]
"""seed, scale -> rounds"""


def sqlite(seed: int, scale: float) -> Iterator[Round]:
    """Writers of a file are killed; its disk runs full, and its folder is not always to be written to."""

    def run(name: str, make: Callable[[], SqliteStore], commands: int, kills: int, **rest: object) -> Round:
        nonlocal seed
        seed += 1
        commands, kills = max(100, int(commands * scale)), max(5, int(kills * scale))
        told = run_nemesis(make, seed=seed, commands=commands, kills=kills, seconds_most=_SECONDS_MOST, **rest)
        return Round(f"sqlite, {name}", told)

    def times(count: int) -> int:
        return max(2, int(count * scale))

    for number in range(6):
        with tempfile.TemporaryDirectory(prefix="store-") as folder:
            yield run(f"full, {number + 1} of 6", partial(SqliteStore, Path(folder) / "s.db"), 10_000, 120)
    with tempfile.TemporaryDirectory(prefix="store-") as folder:
        normal = partial(SqliteStore, Path(folder) / "s.db", durability="normal")
        yield run("normal", normal, 20_000, 200)
    with tempfile.TemporaryDirectory(prefix="store-") as folder:
        limited = partial(SqliteStore, Path(folder) / "s.db")
        yield run("no room for larger files", limited, 8_000, 80, room_bytes=500_000)
    with disks.small_disk(48) as disk:
        if disk is not None:
            small = partial(SqliteStore, disk / "s.db")
            yield run("a disk that runs full", small, 8_000, 80, strikes=[disks.fill(disk, times(60))])
    with disks.own_folder() as place:
        strikes = [disks.made_read_only(place, times(40))]
        closed = partial(disks.open_unprivileged, place / "s.db")
        yield run("a folder that is read-only at times", closed, 8_000, 80, strikes=strikes)


def postgres(seed: int, scale: float) -> Iterator[Round]:
    """A server is killed and started again, its backends are ended, and connections to it dropped."""
    with _served(scale) as (url, strikes):
        for number in range(5):
            told = run_nemesis(
                partial(open_quietly, url, f"n{number}"),
                seed=seed + number,
                commands=int(10_000 * scale),
                kills=max(5, int(40 * scale)),
                strikes=strikes,
                seconds_most=_SECONDS_MOST,
            )
            yield Round(f"postgresql, {number + 1} of 5", told)


def desk(seed: int, scale: float) -> Iterator[Round]:
    """Those who are killed give commands of the desk, on a file and on a server that is killed as well."""

    def run(make: Callable[[], Store], number: int, kills: int, strikes: Sequence[Strike] = ()) -> NemesisReport:
        return run_nemesis(
            make,
            seed=seed + number,
            commands=max(100, int(4_000 * scale)),
            kills=max(5, int(kills * scale)),
            # What is due of the desk is for its watch to see to: `python -m tests.durability.watching`.
            workers=0,
            strikes=strikes,
            seconds_most=_SECONDS_MOST,
            cast=DESK,
        )

    for number in range(4):
        with tempfile.TemporaryDirectory(prefix="store-") as folder:
            told = run(partial(SqliteStore, Path(folder) / "s.db"), number, 100)
            yield Round(f"desk, on SQLite, {number + 1} of 4", told)
    with _served(scale / 4) as (url, strikes):
        for number in range(2):
            told = run(partial(open_quietly, url, f"d{number}"), 4 + number, 50, strikes)
            yield Round(f"desk, on PostgreSQL, {number + 1} of 2", told)


@contextmanager
def _served(scale: float) -> Iterator[tuple[str, list[Strike]]]:
    """Lend a server reached by a proxy, and what befalls both of them."""
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL: install its programs or the extra `dev`")
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)
        server = PostgresServer(programs, Path(place) / "s", safe=True)
        server.start()
        try:
            with proxied(Path(place) / "s" / ".s.PGSQL.5432") as (proxy, folder):
                yield f"postgresql://tester@/postgres?host={folder}", _server_strikes(server, proxy, scale)
        finally:
            server.stop()


def open_quietly(url: str, schema: str) -> PostgresStore:
    """Open a store whose driver does not print every connection that was lost: here they all are."""
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    return PostgresStore(url, schema=schema)


def _server_strikes(server: PostgresServer, proxy: Proxy, scale: float) -> list[Strike]:
    def times(count: int) -> int:
        return max(1, int(count * scale))

    def crash(_draw: Random) -> None:
        server.kill()
        server.start()

    def end_backends(draw: Random) -> None:
        with psycopg.connect(server.url, autocommit=True) as connection:
            chosen = "application_name = 'svcdelivery' AND random() < %s"
            ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {chosen}"
            connection.execute(ended, [draw.uniform(0.1, 0.9)])

    return [
        Strike(name="server killed", act=crash, times=times(16)),
        Strike(name="times backends were ended", act=end_backends, times=times(16)),
        Strike(name="times connections were dropped", act=proxy.drop, times=times(24)),
    ]


def power(seed: int, scale: float) -> Iterator[Round]:
    """The power fails at any point of what is written to a file."""
    settings: list[tuple[Setting, int]] = [("full", 12), ("normal", 6), ("off", 2)]
    for setting, runs in settings:
        for number in range(runs):
            told = outages(seed + number, setting, commands=max(60, int(500 * scale)), cuts=max(20, int(250 * scale)))
            yield Round(f"power, {number + 1} of {runs}", told)


PARTS: dict[str, Part] = {"sqlite": sqlite, "postgres": postgres, "desk": desk, "power": power}
