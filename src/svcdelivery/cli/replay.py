"""`svcdelivery replay`: another system's log taken in, judged under an agreement, and reported on."""

from __future__ import annotations

from contextlib import ExitStack

import click

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.agreement import ServiceAgreement
from svcdelivery.cli.bulk import collector_paused
from svcdelivery.cli.output import json_option, say, say_json, told_progress
from svcdelivery.cli.report import plain_products, say_products
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import UnusableInputError
from svcdelivery.exchange.agreements import load_agreement
from svcdelivery.exchange.log import LogImport, read_log
from svcdelivery.exchange.log_profile import LogProfile
from svcdelivery.exchange.profile import load_profile
from svcdelivery.identity import Actor
from svcdelivery.reporting import WorkProducts, report_of_import
from svcdelivery.storage.sqlite import build_sqlite
from svcdelivery.storage.sqlite.store import store_path
from svcdelivery.testing.time import HeldTime

__all__ = ["command", "replay"]

_SQLITE = "sqlite:///"


@click.command("replay")
@click.argument("log", metavar="LOG")
@click.option("--profile", required=True, help="`servicenow`, or a file that says what the columns mean.")
@click.option("--agreement", help="The agreement to judge by; without one nothing is judged.")
@click.option("--store", required=True, help="The SQLite file to write, such as `log.db`; it must be new.")
@click.option("--out", help="The folder for the six work products; without one none are written.")
@click.option("--waive", metavar="GROUND", help="Waive the corrective action of every breach, on this ground.")
@click.option("--by", default="system:replay", show_default=True, help="Who takes the log in, as `kind:id`.")
@click.option("--replace", is_flag=True, help="Replace a store that is there already.")
@json_option
def command(
    log: str,
    *,
    profile: str,
    agreement: str | None,
    store: str,
    out: str | None,
    waive: str | None,
    by: str,
    replace: bool,
    as_json: bool,
) -> int:
    """Take in LOG, whole or not at all, and say what is irregular in it.

    Every row becomes one fact in a new store. What the log does not say is not invented: no decision, no survey, no
    timer. With an agreement each item is judged, and each breach gets a corrective action, or a waiver.
    """
    actor = Actor.from_text(by)
    # A long log is not read only to find that there is no place for it.
    place = store_path(_path(store))
    if place.exists() and not replace:
        hint = "name another file, or give --replace"
        raise UnusableInputError(source=store, problem="there is something already", hint=hint)
    terms = load_agreement(agreement) if agreement else None
    with collector_paused(), told_progress("rows", silent=as_json) as progress:
        taken = read_log(log, _adapted(load_profile(profile), terms), progress=progress)
        products = replay(taken, store=store, out=out, agreement=terms, waive=waive, by=actor, replace=replace)
    if as_json:
        say_json(_plain(taken, products))
    else:
        _say(taken, products, store)
    return 0


def replay(
    log: LogImport,
    *,
    store: str,
    by: Actor,
    out: str | None = None,
    agreement: ServiceAgreement | None = None,
    waive: str | None = None,
    replace: bool = False,
) -> WorkProducts | None:
    """Take a log into a new SQLite store, and report on it where `out` names a folder.

    The store appears under its name only when all of it is written.
    """
    now = SystemTime().now()
    with ExitStack() as stack:
        report = stack.enter_context(report_of_import(out, now=now)) if out is not None else None
        built = stack.enter_context(build_sqlite(_path(store), replace=replace))
        desk = ServiceDesk(built, time=HeldTime(now))
        if agreement is not None:
            desk.agreements.register(agreement, by=by, key=f"register {agreement.id}")
        desk.imports.record(
            log,
            source=log.source,
            describe=lambda _items, _rows: log.imported(),
            by=by,
            key=f"import {log.source}",
            judged=agreement is not None,
            waive=waive,
            each=report.take if report is not None else None,
        )
        judge = agreement.id if agreement is not None else "no agreement"
        return report.finish(built, title=f"{log.name} under {judge}") if report is not None else None


def _path(store: str) -> str:
    path = store.removeprefix(_SQLITE)
    if not path or "://" in path or path == "memory:":
        raise UnusableInputError(source=store, problem="a replay writes a SQLite file", hint="such as `log.db`")
    return path


def _adapted(profile: LogProfile, agreement: ServiceAgreement | None) -> LogProfile:
    """Answer the profile with the items put under the agreement."""
    if agreement is None:
        return profile
    return profile.naming(agreement=agreement.id, customer=agreement.customer)


def _say(log: LogImport, products: WorkProducts | None, store: str) -> None:
    say(f"{log.name}: {log.rows:,} rows of {log.items:,} items taken in; SHA-256 {log.digest}")
    for finding in log.findings:
        first = finding.examples[0] if finding.examples else None
        example = f"; first in {first.item}, line {first.row}: {first.what}" if first is not None else ""
        say(f"  {finding.count:>7,}  {finding.message}{example}")
    if products is not None:
        say_products(products)
    say(f"store: {store}")
    say(f"next: svcdelivery explain {store} ID, svcdelivery verify {store}")


def _plain(log: LogImport, products: WorkProducts | None) -> dict[str, object]:
    return {
        "name": log.name,
        "digest": log.digest,
        "rows": log.rows,
        "items": log.items,
        "findings": [
            {
                "code": finding.code,
                "message": finding.message,
                "count": finding.count,
                "examples": [{"item": e.item, "row": e.row, "what": e.what} for e in finding.examples],
            }
            for finding in log.findings
        ],
        "report": plain_products(products) if products is not None else None,
    }
