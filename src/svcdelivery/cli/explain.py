"""`svcdelivery explain`: why an item's clocks stand as they do, and why they stand otherwise than they did."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import click

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.cli.output import say, say_json
from svcdelivery.clock import ClockReading, Comparison, Explanation, compare, read_clocks, read_under
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import NotFoundError
from svcdelivery.exchange.agreements import load_agreement
from svcdelivery.facts import Fact, known_at
from svcdelivery.storage.open import open_store
from svcdelivery.storage.protocol import Store
from svcdelivery.system.monitoring import RequestTimeline, Samples, timeline_of
from svcdelivery.timeline import Instant, format_instant, parse_instant
from svcdelivery.work import fold_work, trace_of

__all__ = ["command"]

Explained = Explanation | Comparison
_TIMELINE_ALONE = "--timeline is of the item, not of its clocks: ask for it without --since, --under, --target"


@click.command("explain")
@click.argument("store", metavar="STORE")
@click.argument("id", metavar="ID")
@click.option("--at", help="The instant, such as 2026-03-31T17:00:00Z; by default that of the last record.")
@click.option("--as-known", is_flag=True, help="Leave aside what was recorded after the instant.")
@click.option("--since", help="Compare with the reading of this earlier instant: why did the due time move?")
@click.option("--under", metavar="AGREEMENT", help="Compare with the reading under another agreement document.")
@click.option("--target", help="Only the clock of this target.")
@click.option("--timeline", is_flag=True, help="Say instead where all of its time went: queue, work and waits.")
@click.option("--probe", "probes", multiple=True, help="With --timeline: show what this probe measured meanwhile.")
@click.option("--tenant", default="main", show_default=True)
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    store: str,
    id: str,
    *,
    at: str | None,
    as_known: bool,
    since: str | None,
    under: str | None,
    target: str | None,
    timeline: bool,
    probes: tuple[str, ...],
    tenant: str,
    form: str,
    as_json: bool,
) -> int:
    """Say why each clock of the request or incident ID in STORE stands as it does, span by span.

    With --since or --under, say instead what differs between two readings of each clock, and how far each difference
    moved its due time. With --timeline, say where the time of the item itself went, from its receipt to its end.
    """
    if timeline and (since or under or target):
        raise click.UsageError(_TIMELINE_ALONE)
    if probes and not timeline:
        raise click.UsageError("--probe shows what was measured along the timeline: ask for --timeline too")
    if since is not None and under is not None:
        raise click.UsageError("--since and --under are two comparisons: ask for one at a time")
    with closing(open_store(store, create=False)) as opened:
        item = _Item(opened, tenant, id, as_known=as_known)
        instant = item.now if at is None else parse_instant(at)
        if timeline:
            _TIMELINES["json" if as_json else form](item.timeline(instant, probes), f"{id} in {store}")
            return 0
        shown = _shown(item, instant, target=target, since=since, under=under)
    if not shown and not as_json and form == "text" and instant < item.received_at:
        say(f"no clock: it was received {format_instant(item.received_at)}, after that instant")
        return 0
    _PRINTED["json" if as_json else form](shown, f"{id} in {store}")
    return 0


def _shown(
    item: _Item, at: Instant, *, target: str | None, since: str | None, under: str | None
) -> Sequence[Explained]:
    """Answer the explanations of its clocks, or what differs from those of `since` or `under`."""
    readings = _only(item.readings(at), target)
    if since is not None:
        return _compared(item.readings(parse_instant(since)), readings)
    if under is not None:
        return _compared(readings, item.readings(at, load_agreement(under)))
    return [reading.explanation for reading in readings]


def _only(readings: Sequence[ClockReading], target: str | None) -> Sequence[ClockReading]:
    shown = [reading for reading in readings if target in (None, reading.target)]
    if target is not None and not shown:
        known = ", ".join(f"`{reading.target}`" for reading in readings)
        raise NotFoundError(what="target", id=target, hint=f"one of {known}" if known else "")
    return shown


def _compared(before: Sequence[ClockReading], after: Sequence[ClockReading]) -> list[Comparison]:
    """Answer a comparison of each clock that both have."""
    known = {(reading.measure, reading.cycle): reading for reading in before}
    pairs = [(known.get((reading.measure, reading.cycle)), reading) for reading in after]
    return [compare(was.explanation, becomes.explanation) for was, becomes in pairs if was is not None]


# -- printing ----------------------------------------------------------------------------------------------------------


def _print_text(shown: Sequence[Explained], _title: str) -> None:
    if not shown:
        say("no clock: no agreement on record covers this item")
    for one in shown:
        if sys.stdout.isatty():
            _print_on_terminal(one)
        else:
            say(f"{one}\n")


def _print_on_terminal(one: Explained) -> None:
    from rich.console import Console

    from svcdelivery.cli.terminal import compared, explained

    Console().print(compared(one) if isinstance(one, Comparison) else explained(one), "")


def _print_json(shown: Sequence[Explained], _title: str) -> None:
    say_json([one.to_data() for one in shown])


def _print_html(shown: Sequence[Explained], title: str) -> None:
    from svcdelivery.reporting import explanation_page

    say(explanation_page(shown, title=title))


_PRINTED: dict[str, Callable[[Sequence[Explained], str], None]] = {
    "text": _print_text,
    "json": _print_json,
    "html": _print_html,
}


def _timeline_text(timeline: RequestTimeline, _title: str) -> None:
    say(str(timeline))


def _timeline_json(timeline: RequestTimeline, _title: str) -> None:
    say_json(timeline.to_data())


def _timeline_html(timeline: RequestTimeline, title: str) -> None:
    from svcdelivery.reporting import timeline_page

    say(timeline_page([timeline], title=title))


_TIMELINES: dict[str, Callable[[RequestTimeline, str], None]] = {
    "text": _timeline_text,
    "json": _timeline_json,
    "html": _timeline_html,
}

# -- reading -----------------------------------------------------------------------------------------------------------


class _At:
    """The instant of the reading, for a desk that only answers."""

    def __init__(self, instant: Instant) -> None:
        self._instant = instant

    def now(self) -> Instant:
        return self._instant


class _Item:
    """A request or incident of a store, to be read at several instants.

    Raises:
        NotFoundError: The store has neither a request nor an incident of that id.
    """

    def __init__(self, store: Store, tenant: str, id: str, *, as_known: bool) -> None:
        with store.unit(tenant, write=False) as unit:
            head = unit.feed.head().recorded_at
        if head is None:
            raise NotFoundError(what="request or incident", id=id)
        self.now: Instant = head
        self._as_known = as_known
        self._desk = desk = ServiceDesk(store, tenant=tenant, time=_At(head))
        self._facts: tuple[Fact[Any], ...] = tuple(desk.incidents.facts(id) or desk.requests.facts(id))
        record = fold_work(self._facts) if self._facts else None
        if record is None:
            raise NotFoundError(what="request or incident", id=id)
        self.received_at: Instant = record.received_at
        self._agreement = desk.agreements.get(record.agreement).agreement if record.agreement else None

    def timeline(self, at: Instant, probes: Sequence[str] = ()) -> RequestTimeline:
        """Answer where its time went by an instant, shown in the zone its clocks are shown in."""
        facts = known_at(self._facts, at) if self._as_known else self._facts
        zones = [reading.explanation.zone for reading in self.readings(at)]
        first = min(fact.occurred_at for fact in self._facts)
        samples = Samples(one for probe in probes for one in self._desk.monitoring.series(probe, first, at))
        return timeline_of(
            facts, at, agreement=self._agreement, samples=samples, probes=probes, zone=zones[0] if zones else "UTC"
        )

    def readings(self, at: Instant, under: ServiceAgreement | None = None) -> tuple[ClockReading, ...]:
        """Answer its clocks at an instant, by default under the agreement it has."""
        facts, agreement = self._facts, self._agreement
        if self._as_known:
            facts = known_at(facts, at)
            agreement = None if agreement is None else agreement.known_at(at)
        if under is None:
            return () if agreement is None else read_clocks(agreement, facts, at)
        trace = trace_of(facts)
        return () if trace is None else read_under(under.revisions[-1], trace, at, agreement=agreement)
