"""Logs in: another system's log as items and observations, streamed; what is irregular is counted, never mended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from svcdelivery.exchange.findings import Finding, FindingCollector, counts_by_code
from svcdelivery.exchange.log_profile import LogProfile
from svcdelivery.exchange.log_times import TimeReader
from svcdelivery.exchange.observer import Observer
from svcdelivery.exchange.source_file import SourceFile
from svcdelivery.exchange.survey import Survey, survey_log, surveyed_columns
from svcdelivery.exchange.table import Rows, table_rows
from svcdelivery.work import Imported, ImportedItem

__all__ = ["LogImport", "Progress", "read_log"]

Progress = Callable[[int, int], None]
"""Told now and then how many rows are done, of how many."""

_SOURCE_DIGITS = 12


class LogImport:
    """A log that was checked from end to end and can be taken in: iterate it for its items.

    An item comes as soon as its last row was read, so that a log whose items lie together is never held whole. Each
    row is one fact. Iterating again reads the file again.

    Attributes:
        source: What the facts name as their source: the first 12 digits of the digest.
        digest: The SHA-256 of the file's bytes as they lie on disk.
        name: The file's name without its folder.
        columns: The columns in their order.
        rows: The updates the file holds.
        items: The items it holds.
        findings: What is irregular; complete once the iteration has ended.
    """

    def __init__(
        self, file: SourceFile, profile: LogProfile, survey: Survey, times: TimeReader, progress: Progress | None
    ) -> None:
        self._file, self._survey, self._times, self._progress = file, survey, times, progress
        self.profile = profile
        self.digest = file.digest
        self.source = file.digest[:_SOURCE_DIGITS]
        self.name = file.name
        self.columns = survey.columns
        self.rows = sum(survey.counts.values())
        self.items = len(survey.counts)
        self.findings: tuple[Finding, ...] = ()

    def __iter__(self) -> Iterator[ImportedItem]:
        found = FindingCollector()
        for line in self._survey.blank_lines:
            found.add("blank_line", "blank lines, which hold no update", "", line, "nothing")
        counts = self._survey.counts
        take = Observer(self.profile, self.columns, self._times, source=self.source, counts=counts, found=found).take
        with _table(self._file, self.profile) as (_, rows):
            done = 0
            for lines, some in rows:
                for line, row in zip(lines, some, strict=True):
                    if row and (item := take(line, row)) is not None:
                        yield item
                done += len(some) - some.count([])
                if self._progress is not None:
                    self._progress(done, self.rows)
        self.findings = found.findings()

    def imported(self) -> Imported:
        """Answer the fact that the log was taken in, with the findings of the iteration before."""
        return Imported(
            source=self.source,
            name=self.name,
            digest=self.digest,
            profile=self.profile.name,
            columns=self.columns,
            rows=self.rows,
            items=self.items,
            findings=counts_by_code(self.findings),
        )


def read_log(path: str | os.PathLike[str], profile: LogProfile, *, progress: Progress | None = None) -> LogImport:
    """Check a log, plain or gzip, from end to end, and answer what can be iterated for its items.

    Whatever makes the file unusable is found here, before the first item comes.

    Args:
        path: The file.
        profile: What its columns mean; `load_profile` reads one.
        progress: Told now and then, while the items come, how many rows are done.

    Raises:
        UnusableInputError: No ordinary file; damaged, empty or cut off; without a required column; a row with another
            number of cells, an unknown status, or a time that does not exist. One line says where.
    """
    file = SourceFile(path)
    times = profile.time_reader()
    with _table(file, profile, wanted=surveyed_columns(profile)) as (columns, rows):
        survey = survey_log(file.path, profile, times, columns, rows)
    return LogImport(file, profile, survey, times, progress)


def _table(
    file: SourceFile, profile: LogProfile, *, wanted: Iterable[str] | None = None
) -> AbstractContextManager[tuple[tuple[str, ...], Rows]]:
    encoding, delimiter = profile.encoding, profile.delimiter
    return table_rows(file, profile.required_columns, encoding=encoding, delimiter=delimiter, wanted=wanted)
