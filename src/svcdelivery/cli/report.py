"""`svcdelivery report`: the six work products of a store."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from svcdelivery.cli.output import json_option, say, say_json, told_progress
from svcdelivery.reporting import Figure, WorkProducts, write_work_products
from svcdelivery.storage.open import open_store
from svcdelivery.timeline import parse_instant

__all__ = ["command", "plain_products", "say_products"]

_LISTED = (
    ("services delivered", "services_delivered", "deliveries"),
    ("service log", "service_log", "entries"),
    ("performance", "page", None),
    ("corrective actions", "corrective_actions", "breaches"),
    ("satisfaction", "satisfaction", "invitations"),
    ("request database", "request_database", None),
)


@click.command("report")
@click.argument("store", metavar="STORE")
@click.option("--out", default="report", show_default=True, help="The folder to write to.")
@click.option("--at", help="The instant of the report; by default that of the last record.")
@click.option("--tenant", default="main", show_default=True)
@json_option
def command(store: str, *, out: str, at: str | None, tenant: str, as_json: bool) -> int:
    """Write the six work products of STORE: files to read, and one page to open in a browser."""
    now = None if at is None else parse_instant(at)
    with closing(open_store(store, create=False)) as opened, told_progress("report", silent=as_json) as progress:
        products = write_work_products(opened, out, tenant=tenant, now=now, progress=progress)
    if as_json:
        say_json(plain_products(products))
    else:
        say_products(products)
        say(f"open {products.page} in a browser")
    return 0


def say_products(products: WorkProducts) -> None:
    """Print what a report found and where it lies."""
    performance = products.performance
    say("goals met:")
    for line in (*(measure.whole for measure in performance.measures), performance.whole):
        say(f"  {_shown(line.figure)}")
    say(f"  {_shown(performance.breaches.answered)}")
    for owed in performance.credits:
        say(f"  credits owed       {owed.amount:>9f} {owed.currency}  {owed.agreement} revision {owed.revision}")
    say("work products:")
    for title, attribute, rows in _LISTED:
        counted = "" if rows is None else f"  ({getattr(products, rows):,} rows)"
        say(f"  {title:<19} {getattr(products, attribute)}{counted}")


def _shown(figure: Figure) -> str:
    left_out = ", ".join(f"{number:,} {reason}" for reason, number in figure.excluded)
    counts = f"{figure.numerator:,} of {figure.denominator:,}"
    return f"{figure.name:<18} {figure.shown:>9}  {counts}" + (f"; left out: {left_out}" if left_out else "")


def plain_products(products: WorkProducts) -> dict[str, Any]:
    """Answer the same for JSON."""
    files = {title: str(getattr(products, attribute)) for title, attribute, _ in _LISTED}
    return {"files": files, "performance": products.performance.to_data()}
