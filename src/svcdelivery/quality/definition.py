"""Operational definitions: what a measure answers, how it is reckoned, and from which facts, so that all read it alike.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from svcdelivery.identity import identifier

__all__ = ["MeasureDefinition"]


@frozen(kw_only=True)
class MeasureDefinition:
    """The operational definition of a measure.

    Attributes:
        name: Always the same for the same measure, such as `goals_met`; figures name theirs by it.
        question: What somebody wants to know when they ask for it.
        formula: How the value is reckoned, in words.
        unit: What the value counts in.
        sources: The types of the facts it is taken from; empty where it is not taken from the record.
        excludes: What is left out, and is told beside the value.
        convention: The choices that make values comparable, in one sentence.
    """

    name: str = field(converter=identifier)
    question: str
    formula: str
    unit: str
    sources: tuple[str, ...] = ()
    excludes: str = "nothing"
    convention: str = ""

    def to_data(self) -> dict[str, Any]:
        """Answer the definition for JSON."""
        return {
            "name": self.name,
            "question": self.question,
            "formula": self.formula,
            "unit": self.unit,
            "sources": list(self.sources),
            "excludes": self.excludes,
            "convention": self.convention,
        }
