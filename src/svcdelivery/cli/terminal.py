"""Explanations and comparisons as a terminal shows them, with the library `rich`."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from svcdelivery.clock.comparison import Comparison, shown_difference, shown_move
from svcdelivery.clock.explanation import Explanation, SpanKind, shown_duration
from svcdelivery.clock.verdict import Verdict

__all__ = ["compared", "explained"]

# Words tell everything that colors tell: kinds and verdicts are written out beside them.
_STYLES = {SpanKind.COUNTED: "green", SpanKind.CLOSED: "dim", SpanKind.PAUSED: "yellow", SpanKind.UNKNOWN: "red"}
_VERDICTS = {Verdict.MET: "bold green", Verdict.BREACHED: "bold red", Verdict.OPEN: "bold", Verdict.NONE: "bold dim"}


def explained(explanation: Explanation) -> Group:
    """Answer an explanation as a heading and a table with a row a span."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("from", "to", "kind"):
        table.add_column(heading, no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("reason")
    table.add_column("rule")
    for span in explanation.spans:
        actor = f" ({span.actor})" if span.actor else ""
        cells = (
            *explanation.shown_bounds(span),
            span.kind.value,
            shown_duration(span.duration),
            span.reason + actor,
            explanation.shown_rule(span),
        )
        table.add_row(*(Text(cell) for cell in cells), style=_STYLES.get(span.kind, "yellow"))
    heads = [Text(explanation.headline, style=_VERDICTS[explanation.verdict]), Text(explanation.terms)]
    heads += [Text(line, style="dim") for line in (explanation.choice, *explanation.findings) if line]
    return Group(*heads, *([table] if explanation.spans else []))


def compared(comparison: Comparison) -> Group:
    """Answer a comparison as a heading and a table with a row a difference."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("what", no_wrap=True)
    table.add_column("due moved", justify="right", no_wrap=True)
    table.add_column("from what to what")
    for difference in comparison.differences:
        share = "" if difference.moved is None else shown_move(difference.moved)
        cells = (difference.cause.value, share, shown_difference(difference))
        table.add_row(*(Text(cell) for cell in cells))
    return Group(Text(comparison.headline, style="bold"), *([table] if comparison.differences else []))
