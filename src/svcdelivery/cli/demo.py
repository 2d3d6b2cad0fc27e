"""`svcdelivery demo`: a quarter of a small provider through the desk, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from svcdelivery.cli.bulk import collector_paused
from svcdelivery.cli.output import json_option, say, say_json, told_progress
from svcdelivery.cli.report import plain_products, say_products
from svcdelivery.errors import UnusableInputError
from svcdelivery.reporting import Breach, WorkProducts, write_work_products
from svcdelivery.storage.sqlite import build_sqlite
from svcdelivery.testing.simulator import SimulationSummary, provider_desk, simulate

__all__ = ["command"]

_STORE = "desk.db"
_TITLE = "A quarter of a small provider"


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
    with collector_paused(), build_sqlite(store, replace=True) as built:
        desk, time = provider_desk(built)
        with told_progress("simulating, in days", silent=as_json) as simulating:
            summary = simulate(desk, time, seed=seed, progress=simulating)
        with told_progress("writing the report", silent=as_json) as writing:
            products = write_work_products(built, folder, title=_TITLE, progress=writing)
    if as_json:
        say_json({"summary": dict(summary.counts), "report": plain_products(products), "store": str(store)})
    else:
        _say(summary, products, store)
    return 0


def _folder(out: str) -> Path:
    if not out:
        raise UnusableInputError(source=out, problem="it names no folder")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise UnusableInputError(source=out, problem="it is no folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _telling(breaches: Sequence[Breach]) -> Breach | None:
    """Answer the breach with the shortest explanation that shows more than one stretch of time."""
    counted = [(len(breach.reading.explanation.spans), breach) for breach in breaches]
    several = [entry for entry in counted if entry[0] > 2] or counted
    return min(several, key=lambda entry: entry[0], default=(0, None))[1]


def _say(summary: SimulationSummary, products: WorkProducts, store: Path) -> None:
    say(f"{summary.length.days} days of a small provider, through the desk:")
    for line in summary.lines():
        say(f"  {line}")
    breach = _telling(products.performance.breaches.worst)
    if breach is not None:
        say(f"\none of the worst breaches, {breach.item.stream}, explained:")
        for line in breach.reading.explanation.lines():
            say(f"  {line}")
    say()
    say_products(products)
    say("\nwhere to look next:")
    say(f"  open {products.page} in a browser")
    if breach is not None:
        say(f"  svcdelivery explain {store} {breach.item.work.id}")
    say(f"  svcdelivery verify {store}")
