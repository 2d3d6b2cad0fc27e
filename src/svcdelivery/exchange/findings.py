"""Findings: what is irregular in data of others, counted and with examples; nothing of it is changed or left out."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field, frozen

from svcdelivery.errors import quoted
from svcdelivery.facts import Attributes

__all__ = ["EXAMPLES_MOST", "Example", "Finding", "FindingCollector", "Tally", "counts_by_code"]

EXAMPLES_MOST = 5
"""Examples a finding keeps."""


@frozen
class Example:
    """One place where a finding was met.

    Attributes:
        item: The id of the item in its source.
        row: The line of the source, the header being line 1.
        what: What stands there.
    """

    item: str
    row: int
    what: str

    def __str__(self) -> str:
        return f"line {self.row}, item {quoted(self.item)}: {self.what}"


@frozen(kw_only=True)
class Finding:
    """One kind of irregularity.

    Attributes:
        code: Stable name of the kind.
        message: The kind in words, one line; several findings of one code differ in it.
        count: How often it was met.
        examples: The first few places, of different items where there are such.
    """

    code: str
    message: str
    count: int
    examples: tuple[Example, ...] = ()

    def __str__(self) -> str:
        return f"{self.code} x {self.count}: {self.message}"


def counts_by_code(findings: Iterable[Finding]) -> Attributes:
    """Answer how often each code was met, in the order of the codes, as texts that a fact can keep."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.code] = counts.get(finding.code, 0) + finding.count
    return tuple((code, str(counts[code])) for code in sorted(counts))


@define(eq=False)
class Tally:
    """The count of one finding while something is read."""

    count: int = 0
    examples: list[Example] = field(factory=list)

    def add(self, item: str, row: int, what: str, *values: object) -> None:
        """Count one more, and keep it as an example while few are kept.

        `what` is a format for the values, so that nothing is formatted for the many that are only counted. Values are
        shown on one line, at most 200 characters of each.
        """
        self.count += 1
        kept = self.examples
        # Five places in one item would show less than five items.
        if len(kept) < EXAMPLES_MOST and not (kept and kept[-1].item == item):
            kept.append(Example(item, row, what.format(*(quoted(value)[1:-1] for value in values))))


class FindingCollector:
    """Counts findings while something is read."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], Tally] = {}

    def tally(self, code: str, message: str) -> Tally:
        """Answer where a finding is counted, for those met so often that looking it up would take time."""
        return self._tallies.setdefault((code, message), Tally())

    def add(self, code: str, message: str, item: str, row: int, what: str, *values: object) -> None:
        """Count one more irregularity; `what` is a format for the values."""
        tally = self._tallies.get((code, message)) or self.tally(code, message)
        tally.add(item, row, what, *values)

    def findings(self) -> tuple[Finding, ...]:
        """Answer what was counted, by code, the most frequent first."""
        found = [
            Finding(code=code, message=message, count=tally.count, examples=tuple(tally.examples))
            for (code, message), tally in self._tallies.items()
            if tally.count
        ]
        return tuple(sorted(found, key=lambda finding: (finding.code, -finding.count, finding.message)))
