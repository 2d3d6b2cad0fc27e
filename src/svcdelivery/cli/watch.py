"""`svcdelivery watch`: what becomes due in a store is seen to, and what is to be told is delivered."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast

import click

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.cli.watch_settings import WatchSettings, console_settings, load_settings, silent_settings
from svcdelivery.desk import DispatchReport, ServiceDesk, WatchReport
from svcdelivery.errors import Busy, StoreError, StoreFull, Unknown
from svcdelivery.identity import identifier
from svcdelivery.storage.open import open_store
from svcdelivery.storage.protocol import Bell, Capability, Listening, Store, tenant_id
from svcdelivery.timeline import Instant, format_instant

__all__ = ["command"]

_BLINK = 0.5
"""How long, in seconds, a stop may go unnoticed."""

_REST_MOST = 30.0
"""How long, in seconds, a watch that is told of commits rests at most."""

_AWAY = (Busy, StoreFull, Unknown)


@click.command("watch")
@click.argument("store", metavar="STORE")
@click.option("--once", is_flag=True, help="See to what is due now, and end.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=500, show_default=True, help="At most so much a round."
)
@click.option("--owner", help="Names this worker in STORE; by default host and process.")
@click.option("--lease", type=click.IntRange(1, 3600), default=60, show_default=True, help="Seconds for a wake-up.")
@click.option(
    "--notify",
    type=click.Choice(["console", "none"]),
    default="console",
    show_default=True,
    help="How people are told without --settings: on this terminal, or not at all.",
)
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Roles, teams, mail server: a YAML or JSON file.",
)
@click.option(
    "--poll",
    type=click.FloatRange(0.05, 3600),
    default=2.0,
    show_default=True,
    help="Seconds between two looks at most.",
)
@click.option(
    "--breaches/--no-breaches",
    default=True,
    show_default=True,
    help="Begin to judge the log for breaches of security, as often as the breach policy of STORE says.",
)
@click.option("--tenant", default="main", show_default=True)
@json_option
def command(
    store: str, *, once: bool, limit: int, owner: str | None, lease: int, notify: str, settings: Path | None,
    poll: float, breaches: bool, tenant: str, as_json: bool,
) -> int:  # fmt: skip
    """See to what becomes due in STORE: breaches, missed updates, escalations, reminders; and deliver notices.

    Every 15 minutes, or as often as the breach policy on record says, one of those that run judges what has come on
    record since for breaches of security.

    It runs until it is told to end (Ctrl-C, or SIGTERM). As many may run on one PostgreSQL database as one likes: each
    wake-up takes effect once, whoever of them is killed whenever. On PostgreSQL it is woken by every commit, on other
    stores it looks again after --poll seconds.

    With --once the exit code is 1 when something could not be handled.
    """
    worker = identifier(owner or f"{socket.gethostname()}/{os.getpid()}", "the owner of a claim")
    chosen = _chosen(settings, notify, as_json)
    with closing(open_store(store, create=False)) as opened, _stopping() as stop:
        desk = ServiceDesk(
            opened,
            time=SystemTime(),
            tenant=tenant_id(tenant),
            roster=chosen.roster,
            contacts=chosen.contacts,
            notifiers=chosen.notifiers,
        )
        rounds = _Rounds(desk, limit, worker, timedelta(seconds=lease), breaches=breaches, as_json=as_json)
        if once:
            while rounds.look() and not stop.is_set():
                pass
        else:
            _go_on(rounds, opened, desk.tenant, stop, poll)
    rounds.end()
    return int(once and rounds.failures > 0)


def _chosen(settings: Path | None, notify: str, as_json: bool) -> WatchSettings:
    if settings is not None:
        return load_settings(settings)
    return silent_settings() if notify == "none" else console_settings(to_errors=as_json)


class _Rounds:
    """One look after another, each told where something came about."""

    def __init__(
        self, desk: ServiceDesk, limit: int, owner: str, lease: timedelta, *, breaches: bool, as_json: bool
    ) -> None:
        self._desk, self._limit, self._owner, self._lease, self._as_json = desk, limit, owner, lease, as_json
        self._breaches = breaches
        self._counts: Counter[str] = Counter()
        self.failures = 0

    def look(self) -> bool:
        """See to what is due; answer whether there may be more."""
        if self._breaches:
            # Whoever changes the policy, or another process, may have let it lapse meanwhile; this writes nothing else.
            self._desk.breaches.arm()
        woken = self._desk.watch.run(limit=self._limit, owner=self._owner, lease=self._lease)
        told = self._desk.dispatch.run(limit=self._limit, owner=self._owner)
        self._tell(woken, told)
        return woken.timers >= self._limit or told.parcels >= self._limit

    def next_due(self) -> Instant | None:
        """Answer when something is due."""
        known = (self._desk.watch.next_due(), self._desk.dispatch.next_due())
        return min((at for at in known if at is not None), default=None)

    def _tell(self, woken: WatchReport, told: DispatchReport) -> None:
        counts = Counter({"wake-ups": woken.timers, **dict(woken.counts)})
        counts.update({f"notices {name}": count for name, count in told.counts})
        self._counts.update(counts)
        self.failures += len(woken.failures) + len(told.failures)
        if not (woken.timers or told.parcels):
            return
        now = format_instant(SystemTime().now())
        failures: list[dict[str, Any]] = [
            {"stream": each.stream, "name": each.name, "problem": each.problem, "again_at": each.again_at}
            for each in woken.failures
        ]
        failures += [{"notice": each.key, "problem": each.problem, "gave_up": each.gave_up} for each in told.failures]
        if self._as_json:
            shown = [{key: _plain(value) for key, value in each.items()} for each in failures]
            click.echo(json.dumps({"at": now, "counts": _positive(counts), "failures": shown}))
            return
        say(f"{now}: {_shown(counts)}")
        for each in woken.failures:
            again = "somebody else has it" if each.again_at is None else f"again at {format_instant(each.again_at)}"
            say(f"  {each.stream} {each.name}: {each.problem}; {again}")
        for lost in told.failures:
            say(f"  to {lost.recipient} by {lost.channel}: {lost.problem}{'; given up' if lost.gave_up else ''}")

    def end(self) -> None:
        """Tell what came about in all."""
        if self._as_json:
            say_json({"total": _positive(self._counts), "failures": self.failures})
        else:
            say(f"in all: {_shown(self._counts)}")


def _positive(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _shown(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in _positive(counts).items()) or "nothing was due"


def _plain(value: object) -> object:
    return format_instant(value) if isinstance(value, datetime) else value


# -- going on ----------------------------------------------------------------------------------------------------------


def _go_on(rounds: _Rounds, store: Store, tenant: str, stop: Event, poll: float) -> None:
    listens = Capability.NOTIFY in store.capabilities
    with _bell(store, tenant) as bell:
        while not stop.is_set():
            try:
                if rounds.look():
                    continue
                rest = _until(rounds.next_due(), _REST_MOST if listens else poll)
            except _AWAY as error:
                click.echo(f"svcdelivery: {error}; it is tried again", err=True)
                rest = poll
            _rest(bell, stop, rest)


def _until(due: Instant | None, most: float) -> float:
    if due is None:
        return most
    left = (datetime.__sub__(due, SystemTime().now())).total_seconds()
    return min(max(left, 0.0), most)


def _rest(bell: Bell | None, stop: Event, seconds: float) -> None:
    """Wait until something is committed, the time is over, or it is to end."""
    left = seconds
    while left > 0 and not stop.is_set():
        nap = min(left, _BLINK)
        left -= nap
        if bell is None:
            stop.wait(nap)
            continue
        try:
            if bell.wait(nap):
                return
        except StoreError:
            # The connection is gone; what is due is found by looking.
            stop.wait(nap)


def _bell(store: Store, tenant: str) -> AbstractContextManager[Bell | None]:
    if Capability.NOTIFY not in store.capabilities:
        return nullcontext()
    return cast("Listening", store).listen(tenant)


@contextmanager
def _stopping() -> Iterator[Event]:
    """Lend what is set when the process is told to end; a second time it ends at once."""
    stop = Event()
    before: dict[int, Any] = {}

    def ask(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[number])

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, ask)
    try:
        yield stop
    finally:
        for held, handler in before.items():
            signal.signal(held, handler)
