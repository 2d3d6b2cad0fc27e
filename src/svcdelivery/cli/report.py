"""`svcdelivery report`: the six work products of a store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from svcdelivery.cli.output import json_option, say, say_json, told_progress
from svcdelivery.errors import NotFoundError
from svcdelivery.quality import Objective
from svcdelivery.reporting import Figure, WorkProducts, write_measures, write_work_products
from svcdelivery.storage.open import open_store
from svcdelivery.timeline import parse_duration, parse_instant

__all__ = ["command", "plain_products", "say_products"]

_LISTED = (
    ("services delivered", "services_delivered", "deliveries"),
    ("service log", "service_log", "entries"),
    ("performance", "page", None),
    ("measures", "measures", None),
    ("corrective actions", "corrective_actions", "responses"),
    ("satisfaction", "satisfaction", "invitations"),
    ("request database", "request_database", None),
)


_OBJECTIVE_HELP = "What is asked of a quality attribute, such as 'availability>=99.5%' or 'time to restore<=PT4H'."
_OBJECTIVE = re.compile(r"(?P<name>.+?)\s*(?P<side><=|>=)\s*(?P<value>\S.*)")


def _objective(text: str) -> tuple[str, Objective]:
    """Answer the attribute and what is asked of it: a share in per cent, a number, or an ISO 8601 duration."""
    found = _OBJECTIVE.fullmatch(text.strip())
    if found is None:
        raise click.UsageError(f"--objective {text!r} is not of the form NAME>=VALUE or NAME<=VALUE")
    return found["name"], Objective(target=_target(found["value"].strip()), higher_is_better=found["side"] == ">=")


def _target(text: str) -> Fraction | timedelta:
    if text.startswith("P"):
        return parse_duration(text)
    number, percent, rest = text.partition("%")
    try:
        value = Fraction(number.strip())
    except (ValueError, ZeroDivisionError):
        raise click.UsageError(f"--objective: {text!r} is no number, no share and no duration") from None
    if rest.strip():
        raise click.UsageError(f"--objective: {text!r} is no number, no share and no duration")
    return value / 100 if percent else value


@click.command("report")
@click.argument("store", metavar="STORE")
@click.option("--out", default="report", show_default=True, help="The folder to write to.")
@click.option("--at", help="The instant of the report; by default that of the last record.")
@click.option("--objective", "objectives", multiple=True, metavar="NAME>=VALUE", help=_OBJECTIVE_HELP)
@click.option(
    "--measures", metavar="FILE", help="Write the measures with their definitions to FILE too, .csv or .json."
)
@click.option("--tenant", default="main", show_default=True)
@json_option
def command(
    store: str,
    *,
    out: str,
    at: str | None,
    objectives: tuple[str, ...],
    measures: str | None,
    tenant: str,
    as_json: bool,
) -> int:
    """Write the six work products of STORE: files to read, and one page to open in a browser."""
    now = None if at is None else parse_instant(at)
    asked = dict(_objective(text) for text in objectives)
    if measures is not None and Path(measures).suffix not in (".csv", ".json"):
        raise click.UsageError(f"--measures {measures!r}: give a name that ends in .csv or .json")
    with closing(open_store(store, create=False)) as opened, told_progress("report", silent=as_json) as progress:
        _check_tenant(opened.tenants(), tenant)
        products = write_work_products(opened, out, tenant=tenant, now=now, objectives=asked, progress=progress)
    if measures is not None:
        write_measures(products.performance, Path(measures))
    if as_json:
        say_json(plain_products(products))
    else:
        say_products(products)
        say(f"open {products.page} in a browser")
    return 0


def _check_tenant(known: Sequence[str], tenant: str) -> None:
    # A store without any facts has a report too, which says that there are no data.
    if known and tenant not in known:
        raise NotFoundError(what="tenant", id=tenant, hint=f"one of {', '.join(f'`{name}`' for name in known[:10])}")


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
    name = figure.name.replace("_", " ")
    return f"{name:<18} {figure.shown:>9}  {counts}" + (f"; left out: {left_out}" if left_out else "")


def plain_products(products: WorkProducts) -> dict[str, Any]:
    """Answer the same for JSON."""
    files = {title: str(getattr(products, attribute)) for title, attribute, _ in _LISTED}
    return {"files": files, "performance": products.performance.to_data()}
