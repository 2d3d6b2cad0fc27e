"""Small logs made by hand, and what they come to."""

from __future__ import annotations

from pathlib import Path

from svcdelivery.exchange.findings import Finding
from svcdelivery.exchange.log import LogImport, read_log
from svcdelivery.exchange.log_profile import LogProfile, SourceStatus
from svcdelivery.work import ImportedItem

__all__ = ["HEADER", "PROFILE", "findings_of", "imported", "log_file"]

PROFILE = LogProfile(
    name="test",
    kind="incident",
    id="number",
    updated_at="updated",
    status="state",
    statuses=(
        SourceStatus("New", "recorded"),
        SourceStatus("Assigned", "assigned"),
        SourceStatus("Work", "in_progress"),
        SourceStatus("Wait", "on_hold", "customer"),
        SourceStatus("Done", "resolved"),
        SourceStatus("Closed", "closed"),
    ),
    times="%d/%m/%Y %H:%M",
    zone="Etc/UTC",
    received_at="opened",
    counter="version",
    fields=(("priority", "priority"), ("team", "group")),
    constants=(("customer", "acme"),),
    irregular=("-100",),
    look_ahead=(("solved", "resolved"),),
    missing=("?",),
)
"""Everything a profile can have, over nine short columns."""

HEADER = "number,opened,updated,version,state,priority,group,solved,note"


def log_file(folder: Path, *rows: str, header: str = HEADER, name: str = "log.csv") -> Path:
    """Write a log and answer where."""
    path = folder / name
    path.write_text("\n".join((header, *rows, "")), encoding="utf-8")
    return path


def imported(path: Path, profile: LogProfile = PROFILE) -> tuple[LogImport, list[ImportedItem]]:
    """Take a log in, whole."""
    log = read_log(path, profile)
    return log, list(log)


def findings_of(folder: Path, *rows: str, profile: LogProfile = PROFILE) -> dict[str, Finding]:
    """Answer the findings of a log by code; each code stands once in such small logs."""
    log, _ = imported(log_file(folder, *rows), profile)
    found = {finding.code: finding for finding in log.findings}
    assert len(found) == len(log.findings)
    return found
