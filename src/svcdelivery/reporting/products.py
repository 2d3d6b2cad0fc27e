"""The six work products of service delivery as files of one folder, written whole or not at all.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work products 1 to 6
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from svcdelivery.desk import TakenIn
from svcdelivery.quality import Objective, QualityAttribute
from svcdelivery.reporting.breaches import Actions
from svcdelivery.reporting.draft import FILES, Asked, ReportDraft
from svcdelivery.reporting.folder import assembled
from svcdelivery.reporting.histories import Progress, histories
from svcdelivery.reporting.items import Agreements, read_item, taken_item
from svcdelivery.reporting.operations import operations_as_of
from svcdelivery.reporting.page import page_renderer
from svcdelivery.reporting.performance import Performance
from svcdelivery.reporting.problems import problems_as_of
from svcdelivery.reporting.security import security_as_of
from svcdelivery.reporting.service_log import write_service_log
from svcdelivery.security import SECURITY_STREAM
from svcdelivery.storage.protocol import Head, Store
from svcdelivery.timeline import Instant, from_micros, to_instant
from svcdelivery.work import kind_of_stream

__all__ = ["FILES", "ImportReport", "WorkProducts", "report_of_import", "write_work_products"]

_EPOCH = from_micros(0)


@frozen(kw_only=True)
class WorkProducts:
    """What was written.

    Attributes:
        folder: Where the files are; each of the paths lies in it.
        page: The page to open first; it links all other files.
        performance: The figures the page shows.
        deliveries, responses, invitations, entries: How many rows the files hold; those of corrective actions are the
            breached clocks, then the actions without one.
        breaches: How many clocks read as breached.
    """

    folder: Path
    services_delivered: Path
    service_log: Path
    service_log_head: Path
    performance_data: Path
    measures: Path
    page: Path
    corrective_actions: Path
    satisfaction: Path
    request_database: Path
    performance: Performance
    deliveries: int
    breaches: int
    responses: int
    invitations: int
    entries: int


def write_work_products(
    store: Store,
    out: str | os.PathLike[str],
    *,
    tenant: str = "main",
    now: datetime | None = None,
    title: str = "Service delivery report",
    attributes: Iterable[QualityAttribute] | None = None,
    objectives: Mapping[str, Objective] | None = None,
    progress: Progress | None = None,
) -> WorkProducts:
    """Write the six work products of a tenant's journal into a folder.

    The files are put in place together at the end; when anything fails, none is. A report is a function of the store
    and `now`: asking again gives the same bytes.

    Args:
        out: Made where it does not exist. Files of an earlier report are replaced, others stay.
        now: The instant of the report; without it, the one the journal's last fact was recorded at. Clocks still open
            are read then, and what happened later is left out, the service log aside.
        title: Of the page.
        attributes: What to measure of quality besides the standard attributes; by default what installed packages offer
            under the entry-point group `svcdelivery.quality`.
        objectives: What is asked of quality attributes, by their names; by default what each asks itself.
        progress: Told now and then how many steps are done, of how many: two an entry of the journal.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
        NaiveTimeError: `now` has no zone.
        UnusableInputError: `out` is a file or cannot be written, or an attribute cannot be loaded or cannot measure.
        IntegrityError: Entries of the journal are damaged.
        InvalidValueError: Two attributes of one name.
        NotFoundError: An objective for an attribute that is not measured.
    """
    render, asked = page_renderer(), Asked(attributes, objectives)
    with store.unit(tenant, write=False) as unit, assembled(out) as folder, ExitStack() as stack:
        head = unit.feed.head()
        as_of = to_instant(now) if now is not None else head.recorded_at
        at = as_of or _EPOCH
        passed = _passed(progress, head)
        versions = write_service_log(unit.feed, folder / FILES["service_log"], passed=lambda done: passed(done, 0))
        draft, agreements = ReportDraft(folder, at, stack, asked), Agreements(unit, at)
        actions = Actions(unit, at, streams=versions)
        for stream, facts in histories(unit, versions, passed=lambda done: passed(done, head.position)):
            item = read_item(stream, facts, agreements, at)
            if item is not None:
                draft.take(item, partial(actions.of_breach, stream))
            elif kind_of_stream(stream) is not None:
                draft.take_later()
            else:
                draft.take_fact(facts[0])
        for action in actions.unmatched():
            draft.take_unmatched(action)
        performance = draft.finish(
            store, tenant=tenant, title=title, out=Path(out), head=head,
            agreements=agreements.all(), problems=problems_as_of(unit, at, streams=versions),
            security=security_as_of(unit, at, streams=versions, agreements=agreements),
            operations=operations_as_of(unit, at, streams=versions), empty=as_of is None, render=render,
        )  # fmt: skip
    return _products(Path(out), performance, head, draft)


class ImportReport:
    """The report of an import that is still under way: what the import has at hand need not be read again."""

    def __init__(self, folder: Path, out: Path, now: Instant, stack: ExitStack) -> None:
        self._folder, self._out, self._now = folder, out, now
        self._draft = ReportDraft(folder, now, stack, Asked())
        self._render = page_renderer()

    def take(self, taken: TakenIn) -> None:
        """Count one imported item and write its rows."""
        item = taken_item(taken, self._now)
        if item is None:
            self._draft.take_later()
        else:
            actions = {(action.item, action.target): action for action in taken.actions}
            self._draft.take(item, lambda reading: actions.get((item.stream, reading.target)))

    def finish(self, store: Store, *, tenant: str = "main", title: str) -> WorkProducts:
        """Write what is left, with the journal as the import left it."""
        with store.unit(tenant, write=False) as unit:
            head = unit.feed.head()
            versions = write_service_log(unit.feed, self._folder / FILES["service_log"])
            for fact in unit.journal.load(SECURITY_STREAM):
                self._draft.take_fact(fact)
            agreements = Agreements(unit, self._now)
            for stream in versions:
                agreements.note(stream)
            performance = self._draft.finish(
                store, tenant=tenant, title=title, out=self._out, head=head,
                agreements=agreements.all(), problems=problems_as_of(unit, self._now, streams=versions),
                security=security_as_of(unit, self._now, streams=versions, agreements=agreements),
                operations=operations_as_of(unit, self._now, streams=versions), empty=False, render=self._render,
            )  # fmt: skip
        return _products(self._out, performance, head, self._draft)


@contextmanager
def report_of_import(out: str | os.PathLike[str], *, now: datetime) -> Iterator[ImportReport]:
    """Lend the report of an import into a new store; its files stand in `out` once the block ends well.

    They are the same, byte for byte, as `write_work_products` would write of that store.

    Args:
        now: The instant of the import, which its facts are recorded at.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
        UnusableInputError: `out` is a file or cannot be written.
    """
    with assembled(out) as folder, ExitStack() as stack:
        yield ImportReport(folder, Path(out), to_instant(now), stack)


def _products(folder: Path, performance: Performance, head: Head, draft: ReportDraft) -> WorkProducts:
    paths: dict[str, Any] = {name: folder / file for name, file in FILES.items()}
    return WorkProducts(folder=folder, performance=performance, entries=head.position, **{**paths, **draft.rows})


def _passed(progress: Progress | None, head: Head) -> Callable[[int, int], None]:
    if progress is None:
        return lambda _done, _before: None
    return lambda done, before: progress(done + before, 2 * head.position)
