"""A report under way: items are counted and written one by one, and what is left is read from the store at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRecord
from svcdelivery.clock import ClockReading, Verdict
from svcdelivery.facts import Fact
from svcdelivery.improvement import CorrectiveAction
from svcdelivery.quality import Objective, QualityAttribute
from svcdelivery.reporting.attributes import report_attributes
from svcdelivery.reporting.breaches import Breach
from svcdelivery.reporting.items import ReportItem
from svcdelivery.reporting.measures import write_measures
from svcdelivery.reporting.operations import Operations
from svcdelivery.reporting.page import Page
from svcdelivery.reporting.performance import Performance, PerformanceTally
from svcdelivery.reporting.request_database import request_database_data
from svcdelivery.reporting.rows import (
    ACTION_COLUMNS,
    DELIVERY_COLUMNS,
    SURVEY_COLUMNS,
    action_row,
    breach_row,
    continuous_row,
    continuous_survey_row,
    delivery_row,
    survey_row,
)
from svcdelivery.reporting.security import SecurityRecord
from svcdelivery.reporting.service_log import head_data
from svcdelivery.reporting.tables import table_file
from svcdelivery.satisfaction import surveys_of
from svcdelivery.schedule import ServiceDelivered
from svcdelivery.storage.protocol import Head, Store
from svcdelivery.timeline import Instant
from svcdelivery.work.problem import ProblemRecord

__all__ = ["FILES", "Asked", "ReportDraft"]

FILES = {
    "services_delivered": "services-delivered.csv",
    "service_log": "service-log.jsonl",
    "service_log_head": "service-log.head.json",
    "performance_data": "performance.json",
    "measures": "measures.csv",
    "page": "performance.html",
    "corrective_actions": "corrective-actions.csv",
    "satisfaction": "satisfaction.csv",
    "request_database": "request-database.json",
}
"""The files of a report, in the order of the work products."""


def _named(objectives: Mapping[str, Objective] | None) -> Mapping[str, Objective]:
    return dict(objectives or {})


@frozen
class Asked:
    """The quality attributes a report measures, and what is asked of them by name.

    Raises:
        InvalidValueError: Two attributes of one name, or an entry point that offers something else.
        UnusableInputError: An entry point that cannot be loaded.
    """

    attributes: tuple[QualityAttribute, ...] = field(default=None, converter=report_attributes)
    objectives: Mapping[str, Objective] = field(default=None, converter=_named)


class ReportDraft:
    """The tables and the tally of one report.

    Args:
        folder: Where the files are written.
        now: The instant of the report.
        stack: Closes the tables, at the latest when the report is given up.
        asked: What is measured of quality besides the standard attributes, and what is asked of it.
    """

    def __init__(self, folder: Path, now: Instant, stack: ExitStack, asked: Asked) -> None:
        self._folder, self._now, self._asked_for = folder, now, asked
        self._tally = PerformanceTally(now)
        self._tables = stack.enter_context(ExitStack())
        self._delivered, self._acted, self._asked = (
            self._tables.enter_context(table_file(folder / FILES[name], columns))
            for name, columns in (
                ("services_delivered", DELIVERY_COLUMNS),
                ("corrective_actions", ACTION_COLUMNS),
                ("satisfaction", SURVEY_COLUMNS),
            )
        )
        self.rows = {"deliveries": 0, "breaches": 0, "responses": 0, "invitations": 0}

    def take(self, item: ReportItem, action_of: Callable[[ClockReading], CorrectiveAction | None]) -> None:
        """Count an item and write its rows; `action_of` answers what was done about a breached clock."""
        self._tally.add_item(item)
        if item.delivered_at is not None:
            self.rows["deliveries"] += 1
            self._delivered(delivery_row(item))
        for reading in item.readings:
            if reading.verdict is Verdict.BREACHED:
                breach = Breach(item=item, reading=reading, action=action_of(reading))
                self.rows["breaches"] += 1
                self.rows["responses"] += 1
                self._tally.add_breach(breach)
                self._acted(breach_row(breach))
        surveys = () if item.is_only_observed else surveys_of(item.facts)
        for number, survey in enumerate(surveys, start=1):
            self.rows["invitations"] += 1
            self._tally.add_survey(survey)
            self._asked(survey_row(item, number, survey, self._now))

    def take_continuous(self, facts: Sequence[Fact[Any]]) -> None:
        """Write the rows of one continuous service: its deliveries, and what its requester said."""
        delivered = [fact.body for fact in facts if isinstance(fact.body, ServiceDelivered)]
        for body in delivered:
            self.rows["deliveries"] += 1
            self._delivered(continuous_row(body))
        for number, survey in enumerate(surveys_of(facts), start=1):
            self.rows["invitations"] += 1
            self._tally.add_survey(survey)
            self._asked(continuous_survey_row(delivered[-1], number, survey, self._now))

    def take_later(self) -> None:
        """Count an item that came in after the instant of the report."""
        self._tally.add_later()

    def take_fact(self, fact: Fact[Any]) -> None:
        """Count a fact that belongs to no item, if it had happened by then."""
        if fact.occurred_at <= self._now:
            self._tally.add_fact(fact)

    def take_unmatched(self, action: CorrectiveAction) -> None:
        """Count and write a corrective action without a breached clock."""
        self.rows["responses"] += 1
        self._tally.add_unmatched(action)
        self._acted(action_row(action))

    def finish(
        self,
        store: Store,
        *,
        tenant: str,
        title: str,
        out: Path,
        head: Head,
        agreements: Iterable[AgreementRecord],
        problems: Iterable[ProblemRecord],
        security: SecurityRecord,
        operations: Operations,
        empty: bool,
        render: Callable[[Page], str],
    ) -> Performance:
        """Write what is left, the page last, and answer the figures."""
        for facts in operations.continuous:
            self.take_continuous(facts)
        self._tables.close()
        asked = self._asked_for
        performance = self._tally.performance(
            tuple(agreements),
            tuple(problems),
            security,
            operations,
            empty=empty,
            attributes=asked.attributes,
            objectives=asked.objectives,
        )
        database = request_database_data(store, out, tenant=tenant, performance=performance, head=head)
        self._write_json("service_log_head", head_data(head, tenant=tenant))
        self._write_json("performance_data", {"title": title, **performance.to_data()})
        self._write_json("request_database", database)
        write_measures(performance, self._folder / FILES["measures"])
        page = Page(title=title, tenant=tenant, performance=performance, head=head, rows=self.rows, database=database)
        (self._folder / FILES["page"]).write_text(render(page), encoding="utf-8", newline="\n")
        return performance

    def _write_json(self, name: str, data: dict[str, Any]) -> None:
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        (self._folder / FILES[name]).write_text(text, encoding="utf-8", newline="\n")
