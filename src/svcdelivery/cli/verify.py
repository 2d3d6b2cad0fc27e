"""`svcdelivery verify`: the hash chain of a store, from its first entry to its head."""

from __future__ import annotations

from contextlib import closing

import click

from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.storage.chain import ChainReport, entries_of, verify
from svcdelivery.storage.open import open_store
from svcdelivery.storage.protocol import Store

__all__ = ["command"]


@click.command("verify")
@click.argument("store", metavar="STORE")
@json_option
def command(store: str, *, as_json: bool) -> int:
    """Check every entry of STORE against its hash, and the last one against the head on record.

    Exit code 1 when an entry does not match. A chain alone does not show that its end was cut off together with the
    head, or that all of it was written anew: for that, compare the printed head with one noted elsewhere.
    """
    with closing(open_store(store, create=False)) as opened:
        reports = [_verify(opened, tenant) for tenant in opened.tenants()]
    if as_json:
        say_json([_plain(report) for report in reports])
    else:
        for report in reports:
            say(_line(report))
        if not reports:
            say("no entries")
    return int(not all(report.sound for report in reports))


def _verify(store: Store, tenant: str) -> ChainReport:
    with store.unit(tenant, write=False) as unit:
        return verify(entries_of(unit.feed), tenant, head=unit.feed.head())


def _line(report: ChainReport) -> str:
    if report.finding is None:
        return f"{report.tenant}: {report.checked} entries, all sound; head {report.head.hash.hex()}"
    return f"{report.tenant}: {report.checked} entries sound, then: {report.finding.message}"


def _plain(report: ChainReport) -> dict[str, object]:
    finding = report.finding
    return {
        "tenant": report.tenant,
        "checked": report.checked,
        "head": report.head.hash.hex(),
        "sound": report.sound,
        "finding": None
        if finding is None
        else {"damage": finding.damage.value, "position": finding.position, "message": finding.message},
    }
