"""`svcdelivery report`: the six work products of a store."""

from __future__ import annotations

from contextlib import closing

import click

from svcdelivery.cli.output import json_option, say, say_json, told_progress
from svcdelivery.reporting import WorkProducts, write_work_products
from svcdelivery.storage.open import open_store
from svcdelivery.timeline import parse_instant

__all__ = ["command", "say_products"]


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
        say_json(products.plain())
    else:
        say_products(products)
    return 0


def say_products(products: WorkProducts) -> None:
    """Print what a report found and where it lies."""
    for line in products.lines():
        say(line)
