"""`python -m tests.scenarios.restarts`: the night of `night.py`, cut off by kills and begun again, many times.

Each run tells the night in processes that are killed (SIGKILL) one after another: before or after a unit of the store
begins or commits, before or after the provider takes a notice, or at no such place but at a random moment. The last
one is let live. Then everything there was to tell must have reached the provider, once under each key.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, cast

import psycopg
from attrs import define, field, frozen

from svcdelivery.escalation import EscalationFired, TargetsResolved
from svcdelivery.escalation.notices import NoticeDelivered, NoticeDropped, Outgoing, notices_stream
from svcdelivery.improvement import ActionStatus
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import Message, Store, Unit
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.postgres import postgres_server
from svcdelivery.timeline import Instant, format_instant, parse_instant
from svcdelivery.work import IncidentStatus, fold_work
from tests.desk.around import Around
from tests.scenarios.night import INCIDENT, START, Night

__all__ = ["FileProvider", "Found", "Place", "Switch", "look", "run", "tell_whole"]

_KILLS_MOST = 4
_TIMED_SHARE = 0.4
_PATIENCE_SECONDS = 120
_FAILED = 70
_TOLD_EACH = 50

Place = Callable[[], Store]
"""Opens the store of a run."""


# -- the provider ------------------------------------------------------------------------------------------------------


@define
class FileProvider:
    """A provider of its own: what it took, it knows whatever becomes of who asked it.

    It honors keys: a notice whose key it has is not taken again. The file tells every attempt.
    """

    path: Path
    switch: Switch
    channel: str = "pager"
    now: Callable[[], Instant] = lambda: START

    def send(self, notice: Outgoing) -> None:
        """Take a notice; the line is there before the answer is."""
        self.switch.passed("before it is sent")
        told = sha256(f"{notice.address}\n{notice.subject}\n{notice.text}".encode()).hexdigest()
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{format_instant(self.now())}\t{told}\t{notice.key}\n".encode())
        self.switch.passed("after it is sent")


@frozen
class _Attempt:
    at: Instant
    told: str
    key: str


def _attempts(path: Path) -> list[_Attempt]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [_Attempt(parse_instant(at), told, key) for at, told, key in (line.split("\t", 2) for line in lines)]


# -- where it is killed ------------------------------------------------------------------------------------------------


@define
class Switch:
    """Kills this process at one of the places it comes by.

    Attributes:
        at: Which, counted from 1; None for none.
        weak: Those where a store is not as it must be.
    """

    at: int | None = None
    count: int = field(default=0, init=False)
    weak: list[int] = field(factory=list, init=False)

    def passed(self, _place: str, *, is_weak: bool = False) -> None:
        """Come by a place."""
        self.count += 1
        if is_weak:
            self.weak.append(self.count)
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Switched(Around):
    """A store whose units come by the switch."""

    def __init__(self, store: Store, switch: Switch) -> None:
        super().__init__(store)
        self._switch = switch

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a unit, with a place before it, one before it commits, and one after it has."""
        kind = "writing" if write else "reading"
        self._switch.passed(f"before {kind}")
        with self._store.unit(tenant, write=write) as unit:
            yield unit
            if write:
                self._switch.passed("before it commits")
        if write:
            self._switch.passed("after it commits")


class Apart(Switched):
    """A store as it must not be: messages are put in a transaction of their own, after that of their facts."""

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a unit whose messages are kept back until it has committed."""
        kept = _Kept()
        with super().unit(tenant, write=write) as unit:
            yield cast("Unit", _WithOutbox(unit, kept))
        if kept.messages:
            self._switch.passed("before its messages are put", is_weak=True)
            with super().unit(tenant) as unit:
                unit.outbox.put(kept.messages)


@define
class _Kept:
    messages: list[Message] = field(factory=list)


class _WithOutbox:
    """A unit whose outbox only keeps what is put; everything else is the unit's."""

    def __init__(self, unit: Unit, kept: _Kept) -> None:
        self._unit, self.outbox = unit, _Outbox(unit, kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)


class _Outbox:
    def __init__(self, unit: Unit, kept: _Kept) -> None:
        self._outbox, self.put = unit.outbox, kept.messages.extend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)


def tell_whole(store: Store, provider: FileProvider) -> None:
    """Tell the night to its end, or until it is cut off, and close the store."""
    night = Night(store, provider)
    provider.now = night.time.now
    night.tell()
    store.close()


# -- one life ----------------------------------------------------------------------------------------------------------


@frozen
class _Life:
    """A process that tells the night, and where it is killed."""

    place: Place
    provider: Path
    killed_at: int | None = None
    killed_after: float | None = None
    wrap: type[Switched] = Switched

    def lived(self) -> bool:
        """Run it; answer whether it came to the end.

        Raises:
            AssertionError: It ended otherwise than by being killed.
        """
        child = os.fork()
        if child == 0:
            self._tell()
        if self.killed_after is not None:
            time.sleep(self.killed_after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL, f"ended by signal {os.WTERMSIG(status)}"
            return False
        assert os.WEXITSTATUS(status) == 0, "the night could not be told; its trace stands above"
        return True

    def _tell(self) -> None:
        code = _FAILED
        try:
            switch = Switch(self.killed_at)
            tell_whole(self.wrap(self.place(), switch), FileProvider(self.provider, switch))
            code = 0
        except BaseException:  # noqa: BLE001  # whatever it is, this process must not go on as its parent
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


# -- what must hold ----------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Found:
    """What a night came to.

    Attributes:
        kills: How many processes were killed.
        fired: Keys of the levels that fired.
        told: Keys of everything there was to tell: taken, put together with another, or overtaken.
        taken: Keys the provider took.
        repeats: How often it was given a key it had.
        flaws: What must not be.
    """

    kills: int
    fired: frozenset[str]
    told: frozenset[str]
    taken: frozenset[str]
    repeats: int
    flaws: tuple[str, ...]


def look(place: Place, provider: Path, kills: int) -> Found:
    """Answer what a night that was told to its end came to."""
    store = place()
    night = Night(store, FileProvider(provider, Switch()))
    attempts = _attempts(provider)
    texts: dict[str, set[str]] = {}
    first: dict[str, Instant] = {}
    for attempt in attempts:
        texts.setdefault(attempt.key, set()).add(attempt.told)
        first.setdefault(attempt.key, attempt.at)
    with store.unit("main", write=False) as unit:
        streams = [notices_stream(item) for item in (f"incident:{INCIDENT}", f"action:{night.action.id}")]
        notices = [fact.body for stream in streams for fact in unit.journal.load(stream)]
        waiting = unit.outbox.next_due()
        sound = verify(entries_of(unit.feed), "main", head=unit.feed.head()).sound
        row_is_fold = night.desk.incidents.get(INCIDENT) == fold_work(unit.journal.load(f"incident:{INCIDENT}"))
    delivered = [body for body in notices if isinstance(body, NoticeDelivered)]
    dropped = [body for body in notices if isinstance(body, NoticeDropped)]
    # What was put together has a key of its own, and stands for all that was.
    stood_for = {key: body.key for body in delivered for key in body.stands_for}
    told = frozenset(
        {body.key for body in delivered if not body.stands_for} | set(stood_for) | {b.key for b in dropped}
    )
    taken = {key: [first[k] for k in (key, stood_for.get(key, "")) if k in first] for key in _pages(night)}
    late = [key for key, at in _pages(night).items() if taken[key] and max(taken[key]) < at]
    fired = [body.key for body in night.facts(EscalationFired)]
    incident, action = night.desk.incidents.get(INCIDENT), night.action
    held = {
        "a level fired twice": len(fired) != len(set(fired)),
        "a notice was recorded as delivered twice": len(delivered) != len({body.key for body in delivered}),
        "one recorded as delivered never reached the provider": not {body.key for body in delivered} <= set(texts),
        "one reached the provider and is not on record": not {k for k in texts if not k.startswith("page|")} <= told,
        "a page was taken for one that had been told before": bool(late),
        "a key was given again with another text": any(len(told) > 1 for told in texts.values()),
        "something other than a status was dropped": any(body.kind != "status" for body in dropped),
        "something still waits to be told": waiting is not None,
        "the chain of the journal is broken": not sound,
        "the row is not what the facts tell": not row_is_fold,
        "the incident is not closed": incident.status is not IncidentStatus.CLOSED,
        "the action is not open again": (action.status, action.found_ineffective) != (ActionStatus.RAISED, 1),
    }
    store.close()
    return Found(
        kills=kills,
        fired=frozenset(fired),
        told=told,
        taken=frozenset(texts),
        repeats=len(attempts) - len(texts),
        flaws=tuple(flaw for flaw, is_so in held.items() if is_so),
    )


def _pages(night: Night) -> dict[str, Instant]:
    """Answer when each page of the escalation came about, by its key."""
    facts = [fact for fact in night.desk.incidents.facts(INCIDENT) if isinstance(fact.body, TargetsResolved)]
    return {f"{f.body.key}|pager|{name}": f.occurred_at for f in facts for name in f.body.recipients}


# -- runs --------------------------------------------------------------------------------------------------------------


@frozen
class _Calm:
    """The night without kills: what there is to tell, the places worth a kill that it comes by, how long it takes."""

    found: Found
    places: Sequence[int]
    seconds: float


def _calm(place: Place, provider: Path, wrap: type[Switched] = Switched) -> _Calm:
    switch, began = Switch(), time.monotonic()
    tell_whole(wrap(place(), switch), FileProvider(provider, switch))
    seconds = time.monotonic() - began
    return _Calm(look(place, provider, 0), switch.weak or range(1, switch.count + 1), seconds)


def run(place: Place, provider: Path, *, seed: str, calm: _Calm, wrap: type[Switched] = Switched) -> Found:
    """Tell one night with kills, and look at what it came to."""
    random = Random(seed)
    wanted, kills, deadline = random.randint(1, _KILLS_MOST), 0, time.monotonic() + _PATIENCE_SECONDS
    while kills < wanted and time.monotonic() < deadline:
        # The first one is killed for certain; those after it go on late in the night, and may come to its end before.
        if kills and random.random() < _TIMED_SHARE:
            life = _Life(place, provider, killed_after=random.uniform(0, calm.seconds), wrap=wrap)
        else:
            life = _Life(place, provider, killed_at=random.choice(calm.places), wrap=wrap)
        if life.lived():
            break
        kills += 1
    assert _Life(place, provider, wrap=wrap).lived(), "nobody killed it"
    found = look(place, provider, kills)
    flaws = list(found.flaws)
    flaws += ["a level did not fire, or another one did"] if found.fired != calm.found.fired else []
    flaws += [f"lost: {key}" for key in sorted(calm.found.told - found.told)]
    flaws += [f"told beyond what there was: {key}" for key in sorted(found.told - calm.found.told)]
    return Found(
        kills=kills, fired=found.fired, told=found.told, taken=found.taken, repeats=found.repeats, flaws=tuple(flaws)
    )


@contextmanager
def _places(engine: str) -> Iterator[Callable[[str], Place]]:
    """Lend what answers a new, empty place by its name."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="night-") as folder:
            yield (
                lambda name: (
                    lambda: SqliteStore(
                        Path(folder) / f"{name}.db", durability="normal", busy_timeout_seconds=_PATIENCE_SECONDS
                    )
                )
            )
        return
    with postgres_server() as url:
        if url is None:
            raise SystemExit("no PostgreSQL: name one in SVCDELIVERY_TEST_PG, or install its programs")
        made: list[str] = []

        def place(name: str) -> Place:
            made.append(f"night_{os.getpid()}_{name}")
            schema = made[-1]
            return lambda: PostgresStore(url, schema=schema, busy_timeout_seconds=_PATIENCE_SECONDS)

        yield place
        with psycopg.connect(url, autocommit=True) as connection:
            for schema in made:
                connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())


def main() -> int:
    """Answer 0 when no notification was lost and none taken twice; 1 otherwise."""
    asked = argparse.ArgumentParser(prog="python -m tests.scenarios.restarts", description=main.__doc__)
    asked.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    asked.add_argument("--runs", type=int, default=200)
    asked.add_argument("--seed", type=int, default=int(time.time()), help="of runs to be repeated")
    asked.add_argument("--only", type=int, help="the number of one run to be repeated alone")
    asked.add_argument("--apart", action="store_true", help="with a store as it must not be; the runs find it out")
    told = asked.parse_args()
    print(f"seed {told.seed}", flush=True)
    counts: Counter[str] = Counter()
    wrap = Apart if told.apart else Switched
    with _places(told.engine) as places, tempfile.TemporaryDirectory(prefix="provider-") as folder:
        calm = _calm(places("calm"), Path(folder) / "calm", wrap)
        assert calm.found.flaws == (), calm.found.flaws
        print(f"the night: {len(calm.found.told)} notices, {len(calm.places)} places, {calm.seconds:.1f} s", flush=True)
        for number in range(told.runs) if told.only is None else [told.only]:
            place, provider = places(f"run{number}"), Path(folder) / f"run{number}"
            found = run(place, provider, seed=f"{told.seed}/{number}", calm=calm, wrap=wrap)
            counts.update(runs=1, kills=found.kills, taken=len(found.taken), repeats=found.repeats)
            counts["flawed"] += bool(found.flaws)
            for flaw in found.flaws:
                print(f"run {number}: {flaw}", flush=True)
            if counts["runs"] % _TOLD_EACH == 0:
                print(f"{counts['runs']} runs", flush=True)
    runs, kills, flawed = counts["runs"], counts["kills"], counts["flawed"]
    print(f"{told.engine}: {runs} runs, {kills} processes killed, {flawed} runs with flaws")
    print(f"{counts['taken']} notices taken, each once; {counts['repeats']} given again under the same key")
    return 1 if counts["flawed"] else 0


if __name__ == "__main__":
    sys.exit(main())
