"""`svcdelivery verify`: the hash chain of a store, from its first entry to its head."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from svcdelivery.adapters.system_time import SystemTime
from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, UnusableInputError
from svcdelivery.storage.chain import ChainReport, entries_of, verify
from svcdelivery.storage.checkpoint import Checkpoint, checkpoint, read_checkpoint
from svcdelivery.storage.open import open_store
from svcdelivery.storage.protocol import Store

__all__ = ["command"]


@click.command("verify")
@click.argument("store", metavar="STORE")
@click.option(
    "--checkpoints", "noted", type=click.Path(path_type=Path), metavar="FILE", help="Hold the chain against FILE."
)
@click.option(
    "--note", "note", type=click.Path(path_type=Path), metavar="FILE", help="Add the heads to FILE when all is sound."
)
@json_option
def command(store: str, *, noted: Path | None, note: Path | None, as_json: bool) -> int:
    """Check every entry of STORE against its hash, and the last one against the head on record.

    Exit code 1 when an entry does not match. A chain alone does not show that its end was cut off together with the
    head, or that all of it was written anew: for that, keep a file of checkpoints where nobody who can write to STORE
    can change it, add to it with --note, and hold the chain against it with --checkpoints.
    """
    kept = _read(noted) if noted is not None else ()
    with closing(open_store(store, create=False)) as opened:
        # A tenant that was noted and is gone was cut off whole.
        tenants = dict.fromkeys([*opened.tenants(), *(one.tenant for one in kept)])
        reports = [_verify(opened, tenant, kept) for tenant in tenants]
    sound = all(report.sound for report in reports)
    if note is not None and sound:
        _note(note, reports)
    if as_json:
        say_json([_plain(report) for report in reports])
    else:
        for report in reports:
            say(_line(report))
        if not reports:
            say("no entries")
    return int(not sound)


def _verify(store: Store, tenant: str, kept: Sequence[Checkpoint]) -> ChainReport:
    known = [one.head for one in kept if one.tenant == tenant]
    with store.unit(tenant, write=False) as unit:
        return verify(entries_of(unit.feed), tenant, head=unit.feed.head(), known=known)


def _read(path: Path) -> list[Checkpoint]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UnusableInputError(source=str(path), problem=f"it cannot be read: {error.strerror}") from error
    kept = []
    for number, line in enumerate(lines, 1):
        try:
            kept.append(read_checkpoint(line))
        except ServiceDeliveryError as error:
            raise UnusableInputError(source=str(path), problem=f"line {number}: {error}") from error
    if not kept:
        raise UnusableInputError(source=str(path), problem="it has no checkpoints")
    return kept


def _note(path: Path, reports: Sequence[ChainReport]) -> None:
    now = SystemTime().now()
    lines = b"".join(checkpoint(report.tenant, report.head, now).to_bytes() for report in reports)
    try:
        with path.open("ab") as file:
            file.write(lines)
    except OSError as error:
        raise InvalidValueError(what="a file to note in", value=str(path), problem=str(error.strerror)) from error


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
