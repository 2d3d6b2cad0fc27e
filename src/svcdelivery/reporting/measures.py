"""Measures with their operational definitions: every figure of a report as a row, planned beside actual, for others.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractices 3, 6 and 7
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.quality import Evaluation, MeasureDefinition
from svcdelivery.quality.measurement import Amount
from svcdelivery.reporting.compliance import Compliance
from svcdelivery.reporting.credits import AgreementCredits
from svcdelivery.reporting.definitions import DEFINITIONS, SERVICE_CREDITS
from svcdelivery.reporting.figures import Figure, floored
from svcdelivery.reporting.performance import Performance
from svcdelivery.reporting.qualities import ServiceAvailability, measured_by, shown_amount
from svcdelivery.reporting.tables import table_file
from svcdelivery.timeline import format_duration, format_instant

__all__ = ["MEASURE_COLUMNS", "MeasuredValue", "definitions_of", "measure_row", "measures", "write_measures"]

FORMAT = "svcdelivery.measures/1"
"""The name of the JSON form; its number rises when a reader of the old one could go wrong."""

Value = int | Fraction | timedelta | Decimal | None

_DEFINED = {definition.name: definition for definition in DEFINITIONS}


@frozen(kw_only=True)
class MeasuredValue:
    """One value of a measure, with all somebody needs who was not there when it was defined.

    Attributes:
        of: What the value speaks of, such as `target repair of acme`; empty for the whole.
        actual: Exact; None where there are no data.
        planned: What was promised or aimed at; None where nothing was.
        taken_from: What the value was made of, by name.
        excluded: What was left out, by reason.
        convention: The choices behind this value.
    """

    definition: MeasureDefinition
    of: str
    actual: Value
    shown: str
    planned: Value = None
    unit: str
    taken_from: tuple[tuple[str, Amount], ...]
    excluded: tuple[tuple[str, Amount], ...] = ()
    convention: str

    @property
    def variance(self) -> Value:
        """Actual less planned; None where one of the two is not there."""
        actual, planned = self.actual, self.planned
        if isinstance(actual, timedelta) and isinstance(planned, timedelta):
            return actual - planned
        if isinstance(actual, int | Fraction) and isinstance(planned, int | Fraction):
            return Fraction(actual) - planned
        return None

    def to_data(self) -> dict[str, Any]:
        """Answer the value for JSON: exact numbers as text, durations as ISO 8601."""
        return {
            "measure": self.definition.name,
            "of": self.of,
            "actual": _text(self.actual),
            "shown": self.shown,
            "planned": _text(self.planned),
            "variance": _text(self.variance),
            "unit": self.unit,
            "taken_from": {name: _text(amount) for name, amount in self.taken_from},
            "excluded": {reason: _text(amount) for reason, amount in self.excluded},
            "convention": self.convention,
        }


def _text(value: Value) -> str | None:
    if value is None:
        return None
    if isinstance(value, timedelta):
        return format_duration(value) if value >= timedelta(0) else f"-{format_duration(-value)}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# -- rows --------------------------------------------------------------------------------------------------------------


def measures(performance: Performance) -> tuple[MeasuredValue, ...]:
    """Answer every measure of a report with its values: the whole first, then by target, service and attribute."""
    return tuple(_rows(performance))


def _rows(of: Performance) -> Iterator[MeasuredValue]:
    yield from _promises(of)
    yield from _work(of)
    yield from _answers(of)
    yield from _qualities(of)


def _promises(of: Performance) -> Iterator[MeasuredValue]:
    """Answer what became of what was agreed: goals, credits, and the times behind them."""
    yield _figure(of.whole.figure, "")
    for measure in of.measures:
        yield _figure(measure.whole.figure, f"measure {measure.measure}")
        yield from (_target(line) for line in measure.by("target"))
    yield _figure(of.covered, "")
    yield from (_credit(owed) for owed in of.credits)
    for durations in of.durations:
        for figure in (*durations.service, *durations.wall):
            yield _figure(figure, f"measure {durations.measure}, {figure.name}")


def _work(of: Performance) -> Iterator[MeasuredValue]:
    """Answer what was in hand: requests, incidents, problems, security, operations."""
    yield from (_figure(figure, "") for figure in of.flow.counts)
    yield _figure(of.flow.backlog.open, "")
    yield from (_figure(figure, figure.name) for figure in of.flow.backlog.age)
    yield from (_figure(figure, "") for figure in of.problems.counts)
    yield from (_figure(figure, "") for figure in of.security.counts)
    yield from (_figure(figure, "") for figure in of.operations.figures)


def _answers(of: Performance) -> Iterator[MeasuredValue]:
    """Answer what was done about breaches, how people were told and asked, and what was refused."""
    for figure in (of.breaches.answered, of.breaches.effective, of.breaches.overdue, of.breaches.without_breach):
        yield _figure(figure, "")
    yield _figure(of.updates, "")
    yield _figure(of.satisfaction.response, "")
    yield _figure(of.satisfaction.satisfied, "")
    yield from (_figure(figure, figure.name) for figure in (*of.satisfaction.means, *of.satisfaction.latency))
    yield _figure(of.refusals.requests, "")
    yield _figure(of.refusals.others, "")


def _qualities(of: Performance) -> Iterator[MeasuredValue]:
    yield from (_quality(one) for one in of.quality.evaluations)
    availability = {one.attribute.family: one.attribute.definition for one in reversed(of.quality.evaluations)}
    for service in of.quality.services:
        definition = availability.get("availability")
        if definition is not None:
            yield _service(service, definition)


def _credit(owed: AgreementCredits) -> MeasuredValue:
    return MeasuredValue(
        definition=SERVICE_CREDITS,
        of=f"{owed.agreement} revision {owed.revision}",
        actual=owed.amount,
        shown=f"{owed.amount:f} {owed.currency}",
        unit=owed.currency,
        taken_from=(("lines", len(owed.lines)),),
        convention=SERVICE_CREDITS.convention,
    )


def _target(line: Compliance) -> MeasuredValue:
    planned = None if line.promise is None else line.promise.share
    return _figure(line.figure, f"target {line.of} of {line.agreement}", planned=planned)


def _figure(figure: Figure, of: str, *, planned: Value = None) -> MeasuredValue:
    return MeasuredValue(
        definition=_DEFINED[figure.measure],
        of=of,
        actual=figure.value,
        shown=figure.shown,
        planned=planned,
        unit=_DEFINED[figure.measure].unit,
        taken_from=(("numerator", figure.numerator), ("denominator", figure.denominator)),
        excluded=figure.excluded,
        convention=figure.convention,
    )


def _quality(one: Evaluation) -> MeasuredValue:
    measured = one.measurement
    return MeasuredValue(
        definition=_definition_of(one),
        of="",
        actual=measured.value,
        shown=shown_amount(measured.value, measured.unit),
        planned=None if one.objective is None else one.objective.target,
        unit=measured.unit,
        taken_from=measured.inputs,
        excluded=measured.excluded,
        convention=measured.convention,
    )


def _service(service: ServiceAvailability, definition: MeasureDefinition) -> MeasuredValue:
    measured = service.measurement
    under = f" under {service.agreement}" if service.agreement else ""
    return MeasuredValue(
        definition=definition,
        of=f"service {service.service}{under}",
        actual=measured.value,
        shown=shown_amount(measured.value, measured.unit),
        unit=measured.unit,
        taken_from=measured.inputs,
        excluded=measured.excluded,
        convention=measured.convention,
    )


def _definition_of(one: Evaluation) -> MeasureDefinition:
    """Answer an attribute's own definition; of one that brings none, what its measurement says."""
    measured = one.measurement
    return one.attribute.definition or MeasureDefinition(
        name=measured_by(one.attribute),
        question="",
        formula=measured.convention,
        unit=measured.unit,
        convention=measured.convention,
    )


def definitions_of(performance: Performance) -> tuple[MeasureDefinition, ...]:
    """Answer the definitions of all measures a report may hold: its figures', then those of its quality attributes."""
    return (*DEFINITIONS, *(_definition_of(one) for one in performance.quality.evaluations))


# -- export ------------------------------------------------------------------------------------------------------------

MEASURE_COLUMNS = (
    "measure", "of", "actual", "shown", "planned", "variance", "unit", "taken_from", "excluded", "convention",
    "question", "formula", "excludes", "sources",
)  # fmt: skip


def measure_row(value: MeasuredValue) -> Iterable[Any]:
    """Answer a value as a row of a table, its definition beside it."""
    definition = value.definition
    return (
        definition.name,
        value.of,
        _cell(value.actual),
        value.shown,
        _cell(value.planned),
        _cell(value.variance),
        value.unit,
        _named(value.taken_from),
        _named(value.excluded),
        value.convention,
        definition.question,
        definition.formula,
        definition.excludes,
        " ".join(definition.sources),
    )


def _cell(value: Value) -> Any:
    # Spreadsheets read no fractions; the exact value stands in the JSON form.
    return floored(value, 6) if isinstance(value, Fraction) else value if isinstance(value, int) else _text(value)


def _named(amounts: Iterable[tuple[str, Amount]]) -> str:
    return "; ".join(f"{name}: {_text(amount)}" for name, amount in amounts)


def write_measures(performance: Performance, path: Path) -> int:
    """Write every measure with its definition and values to a file, and answer how many values.

    Args:
        path: A name that ends in `.csv` or `.json`.

    Raises:
        InvalidValueError: A name that ends otherwise.
    """
    rows = measures(performance)
    if path.suffix == ".csv":
        with table_file(path, MEASURE_COLUMNS) as write:
            for value in rows:
                write(measure_row(value))
    elif path.suffix == ".json":
        as_of = performance.as_of
        data = {
            "format": FORMAT,
            "as_of": None if as_of is None else format_instant(as_of),
            "definitions": [definition.to_data() for definition in definitions_of(performance)],
            "values": [value.to_data() for value in rows],
        }
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    else:
        raise InvalidValueError(what="a file for measures", value=path.name, hint="a name that ends in .csv or .json")
    return len(rows)
