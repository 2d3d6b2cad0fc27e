"""`svcdelivery demo`: a quarter of a small provider through the desk, and what comes of it."""

from __future__ import annotations

from pathlib import Path

import click

from svcdelivery.cli.explain import readings_of
from svcdelivery.cli.output import json_option, say, say_json, told_progress
from svcdelivery.cli.report import say_products
from svcdelivery.clock import Verdict
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import UnusableInputError
from svcdelivery.reporting import write_work_products
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlite import build_sqlite
from svcdelivery.testing.simulator import SimulationSummary, directory, simulate
from svcdelivery.testing.time import HeldTime
from svcdelivery.work import kind_of_stream

__all__ = ["command"]

_STORE = "desk.db"


@click.command("demo")
@click.option("--out", default="demo", show_default=True, help="The folder to write to.")
@click.option("--seed", default=2026, show_default=True, help="Another seed, another quarter.")
@json_option
def command(*, out: str, seed: int, as_json: bool) -> int:
    """Simulate a quarter of a small service provider and write its six work products.

    Everything goes through the service desk: agreements, requests and incidents, holds, breaches, refusals, surveys.
    The same seed gives the same journal, byte for byte.
    """
    folder = _folder(out)
    store = folder / _STORE
    with told_progress("simulating", silent=as_json) as progress, build_sqlite(store, replace=True) as built:
        time = HeldTime()
        desk = ServiceDesk(built, time=time, directory=directory())
        summary = simulate(desk, time, seed=seed, progress=progress)
        products = write_work_products(built, folder, title="A quarter of a small provider")
        breach = _worst_breach(built)
        example = "" if breach is None else _explained(built, *breach)
    if as_json:
        say_json({"summary": summary.plain(), "report": products.plain(), "store": str(store), "explained": example})
        return 0
    _say(summary, example)
    say_products(products)
    say(f"open   {folder / 'performance.html'} in a browser")
    if breach is not None:
        say(f"then   svcdelivery explain {store} {breach[0]}")
    say(f"       svcdelivery verify {store}")
    return 0


def _folder(out: str) -> Path:
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise UnusableInputError(source=out, problem="it is no folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _worst_breach(store: Store) -> tuple[str, str] | None:
    """Answer item and target of the breach longest overdue among those with a corrective action."""
    from svcdelivery.storage.protocol import Query

    worst: tuple[str, str] | None = None
    most = None
    after = None
    with store.unit("main", write=False) as unit:
        rows = []
        while True:
            page = unit.records.find(Query(kind="action"), after=after, limit=1000)
            rows += [row.data for row in page.items]
            after = page.next
            if after is None:
                break
    for data in rows:
        kind = kind_of_stream(data["item"])
        if kind is None or data["target"] != "resolution":
            continue
    return worst if most is None else worst


def _explained(store: Store, item: str, target: str) -> str:
    reading = next(reading for reading in readings_of(store, "main", item) if reading.target == target)
    assert reading.verdict is Verdict.BREACHED, "a corrective action answers a breach"
    return str(reading.explanation)


def _say(summary: SimulationSummary, example: str) -> None:
    for line in summary.lines():
        say(line)
    if example:
        say()
        say("One breach, explained:")
        say(example)
        say()
