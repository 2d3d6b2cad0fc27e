"""The performance page: one self-contained HTML file for people, every text on it escaped, nothing on it fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from attrs import frozen

from svcdelivery.quality import Evaluation, Measurement, Range, Standing
from svcdelivery.reporting.breaches import Breach
from svcdelivery.reporting.compliance import Compliance, MeasureCompliance
from svcdelivery.reporting.figures import NO_DATA, ROUNDING, shown_hours, shown_share
from svcdelivery.reporting.html import environment, shown_instant, style
from svcdelivery.reporting.performance import Performance
from svcdelivery.reporting.qualities import shown_amount
from svcdelivery.storage.protocol import Head
from svcdelivery.timeline import Instant, to_instant, tzdata_version

__all__ = ["Bar", "Page", "page_renderer"]

_LINES_MOST = 25
_LINES_FIRST, _LINES_LAST = 26, 12
_TEXT_MOST = 200
_CUTS = (("service", "service"), ("priority", "priority"), ("agreement", "agreement"), ("month", "month (UTC)"))


@frozen(kw_only=True)
class Page:
    """What the page shows.

    Attributes:
        rows: How many rows the tables of the report hold.
        database: What the request database record says.
    """

    title: str
    tenant: str
    performance: Performance
    head: Head
    rows: Mapping[str, int]
    database: Mapping[str, Any]


@frozen
class Bar:
    """One bar of a chart: a label, a number, and its length from 0 to 1000 beside the longest."""

    label: str
    number: int
    length: int


@frozen
class _Lines:
    """The lines of one cut that are shown, and how many are not."""

    heading: str
    shown: tuple[Compliance, ...]
    left_out: int


@frozen
class _ShownBreach:
    breach: Breach
    text: str


def page_renderer() -> Callable[[Page], str]:
    """Answer what turns a page into HTML.

    Raises:
        ExtraMissingError: The extra `report` is not installed.
    """
    made = environment("the performance page")
    made.filters.update(
        instant=_to_seconds,
        hours=shown_hours,
        bars=_bars,
        per_mille=_per_mille,
        money=lambda amount: f"{amount:,f}",
        amount=shown_amount,
        between=_between,
        made_of=_made_of,
        scores=lambda rows: [(f"{score} of {scale}", n) for scale, score, n in rows],
        column=lambda rows, index: [(row[0], row[index]) for row in rows],
    )
    template = made.get_template("performance.html.j2")
    sheet, digest = style("report.css")

    def render(page: Page) -> str:
        performance = page.performance
        return template.render(
            page=page,
            performance=performance,
            style=sheet,
            style_digest=digest,
            rounding=ROUNDING,
            zone_data=tzdata_version(),
            promised=[line for measure in performance.measures for line in measure.by("target")],
            cuts=_cuts,
            worst=[_shown(breach) for breach in performance.breaches.worst],
            shown_share=shown_share,
            standing=_standing,
        )

    return render


def _to_seconds(at: Instant | None) -> str:
    """Answer an instant for people, who read no microseconds."""
    return shown_instant(at if at is None else to_instant(at.replace(microsecond=0)))


def _made_of(measured: Measurement) -> str:
    """Answer what a value was made of: a share of counts as `2 of 3`, with what they count."""
    inputs = measured.inputs
    if len(inputs) == 2 and inputs[0][0] == "rank":
        return f"rank {shown_amount(inputs[0][1], 'number')} of {shown_amount(inputs[1][1], 'number')} {inputs[1][0]}"
    if measured.unit == "share" and [type(amount) for _, amount in inputs] == [int, int]:
        (part, some), (whole, most) = inputs
        return f"{some:,} of {most:,} ({part}, of {whole})"
    return "; ".join(f"{name} {shown_amount(amount, 'number')}" for name, amount in inputs) or "nothing"


def _between(found: Range) -> str:
    low, high = (shown_share(Fraction(bound).limit_denominator(10**6)) for bound in (found.low, found.high))
    return f"{low} to {high} ({found.method})"


def _standing(one: Evaluation) -> str:
    """Answer how an attribute stands to its objective, in words."""
    return NO_DATA if one.standing is Standing.UNKNOWN else _STANDINGS[one.standing]


_STANDINGS = {Standing.MET: "✓ met", Standing.NEAR: "met, and near", Standing.MISSED: "✗ missed"}


def _bars(rows: Iterable[tuple[str, int]]) -> list[Bar]:
    """Answer the bars of named numbers; the longest has length 1000, and what is not nothing can be seen."""
    named = [(label, number) for label, number in rows]
    most = max((number for _, number in named), default=0)
    return [Bar(label, number, max(4, 1000 * number // most) if number else 0) for label, number in named]


def _per_mille(value: object) -> int:
    return int(value * 1000) if isinstance(value, Fraction) else 0


def _cuts(measure: MeasureCompliance) -> list[_Lines]:
    """Answer the cuts of a measure: the busiest lines, months in their order and only the latest."""
    cuts = []
    for name, heading in _CUTS:
        lines = measure.by(name)
        if name == "month":
            shown = lines[-_LINES_MOST:]
        else:
            busiest = sorted(lines, key=lambda line: (-line.figure.denominator, line.of))[:_LINES_MOST]
            shown = tuple(busiest)
        cuts.append(_Lines(heading, shown, len(lines) - len(shown)))
    return cuts


def _shown(breach: Breach) -> _ShownBreach:
    """Answer a breach with its explanation; of a long one the beginning and the end, since the end decides."""
    lines = [line[:_TEXT_MOST] for line in breach.reading.explanation.lines()]
    left_out = len(lines) - _LINES_FIRST - _LINES_LAST
    if left_out > 1:
        lines[_LINES_FIRST:-_LINES_LAST] = [f"  … {left_out:,} more spans …"]
    return _ShownBreach(breach, "\n".join(lines))
