"""The six work products of service delivery as files of one folder, written whole or not at all.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work products 1 to 6
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from svcdelivery.clock import Verdict
from svcdelivery.reporting.breaches import Actions, Breach
from svcdelivery.reporting.folder import assembled
from svcdelivery.reporting.histories import Progress, histories
from svcdelivery.reporting.items import Agreements, ReportItem, read_item
from svcdelivery.reporting.page import Page, page_renderer
from svcdelivery.reporting.performance import Performance, PerformanceTally
from svcdelivery.reporting.request_database import request_database_data
from svcdelivery.reporting.rows import (
    ACTION_COLUMNS,
    DELIVERY_COLUMNS,
    SURVEY_COLUMNS,
    action_row,
    breach_row,
    delivery_row,
    survey_row,
)
from svcdelivery.reporting.service_log import head_data, write_service_log
from svcdelivery.reporting.tables import TableWriter, table_file
from svcdelivery.satisfaction import surveys_of
from svcdelivery.storage.protocol import Head, Store, Unit
from svcdelivery.timeline import Instant, from_micros, to_instant
from svcdelivery.work import kind_of_stream

__all__ = ["FILES", "WorkProducts", "write_work_products"]

FILES = {
    "services_delivered": "services-delivered.csv",
    "service_log": "service-log.jsonl",
    "service_log_head": "service-log.head.json",
    "performance_data": "performance.json",
    "page": "performance.html",
    "corrective_actions": "corrective-actions.csv",
    "satisfaction": "satisfaction.csv",
    "request_database": "request-database.json",
}
"""The files of a report, in the order of the work products."""

_EPOCH = from_micros(0)


@frozen(kw_only=True)
class WorkProducts:
    """What was written.

    Attributes:
        folder: Where the files are; each of the paths lies in it.
        page: The page to open first; it links all other files.
        performance: The figures the page shows.
        deliveries, breaches, invitations, entries: How many rows the files hold.
    """

    folder: Path
    services_delivered: Path
    service_log: Path
    service_log_head: Path
    performance_data: Path
    page: Path
    corrective_actions: Path
    satisfaction: Path
    request_database: Path
    performance: Performance
    deliveries: int
    breaches: int
    invitations: int
    entries: int


def write_work_products(
    store: Store,
    out: str | os.PathLike[str],
    *,
    tenant: str = "main",
    now: datetime | None = None,
    title: str = "Service delivery report",
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
        progress: Told now and then how many steps are done, of how many: two an entry of the journal.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
        NaiveTimeError: `now` has no zone.
        UnusableInputError: `out` is a file or cannot be written.
        IntegrityError: Entries of the journal are damaged.
    """
    render = page_renderer()
    with store.unit(tenant, write=False) as unit, assembled(out) as draft:
        head = unit.feed.head()
        as_of = to_instant(now) if now is not None else head.recorded_at
        passed = _passed(progress, head)
        versions = write_service_log(unit.feed, draft / FILES["service_log"], passed=lambda done: passed(done, 0))
        report = _Report(unit, as_of or _EPOCH, versions)
        report.write(draft, lambda done: passed(done, head.position))
        performance = report.tally.performance(report.agreements.all(), empty=as_of is None)
        database = request_database_data(store, Path(out), tenant=tenant, performance=performance, head=head)
        _write_json(draft / FILES["service_log_head"], head_data(head, tenant=tenant))
        _write_json(draft / FILES["performance_data"], {"title": title, **performance.to_data()})
        _write_json(draft / FILES["request_database"], database)
        page = Page(title=title, tenant=tenant, performance=performance, head=head, rows=report.rows, database=database)
        (draft / FILES["page"]).write_text(render(page), encoding="utf-8", newline="\n")
    folder = Path(out)
    paths: dict[str, Any] = {name: folder / file for name, file in FILES.items()}
    return WorkProducts(folder=folder, performance=performance, entries=head.position, **{**paths, **report.rows})


class _Report:
    """One pass over the items: each is read once, counted and written where it belongs."""

    def __init__(self, unit: Unit, now: Instant, versions: Mapping[str, int]) -> None:
        self._unit, self._now, self._versions = unit, now, versions
        self._actions = Actions(unit, now, streams=versions)
        self.agreements = Agreements(unit, now)
        self.tally = PerformanceTally(now)
        self.rows = {"deliveries": 0, "breaches": 0, "invitations": 0}

    def write(self, draft: Path, passed: Callable[[int], None]) -> None:
        with ExitStack() as stack:
            deliveries, actions, surveys = (
                stack.enter_context(table_file(draft / FILES[name], columns))
                for name, columns in (
                    ("services_delivered", DELIVERY_COLUMNS),
                    ("corrective_actions", ACTION_COLUMNS),
                    ("satisfaction", SURVEY_COLUMNS),
                )
            )
            for stream, facts in histories(self._unit, self._versions, passed=passed):
                item = read_item(stream, facts, self.agreements, self._now)
                if item is not None:
                    self._take(item, deliveries, actions, surveys)
                elif kind_of_stream(stream) is not None:
                    self.tally.add_later()
                elif facts[0].occurred_at <= self._now:
                    self.tally.add_decision(facts[0])
            for action in self._actions.unmatched():
                self.tally.add_unmatched(action)
                actions(action_row(action))

    def _take(self, item: ReportItem, deliveries: TableWriter, actions: TableWriter, surveys: TableWriter) -> None:
        self.tally.add_item(item)
        if item.delivered_at is not None:
            self.rows["deliveries"] += 1
            deliveries(delivery_row(item))
        for reading in item.readings:
            if reading.verdict is Verdict.BREACHED:
                action = self._actions.of_breach(item.stream, reading)
                breach = Breach(item=item, reading=reading, action=action)
                self.rows["breaches"] += 1
                self.tally.add_breach(breach)
                actions(breach_row(breach))
        for number, survey in enumerate(surveys_of(item.facts), start=1):
            self.rows["invitations"] += 1
            self.tally.add_survey(survey)
            surveys(survey_row(item, number, survey, self._now))


def _passed(progress: Progress | None, head: Head) -> Callable[[int, int], None]:
    if progress is None:
        return lambda _done, _before: None
    return lambda done, before: progress(done + before, 2 * head.position)


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
