"""One vector: a calendar, an operation, its input, and the answer it must give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import frozen

from svcdelivery.timeline import Instant, parse_instant

__all__ = ["Answer", "Boundary", "Operation", "Vector", "instant", "shown"]

Boundary = Literal["close", "next_open"]
Answer = dict[str, Any]
"""What a vector expects, or the library answers, by the names the vectors use."""


@frozen(kw_only=True)
class Vector:
    """A vector as its file says it; what it is made of is checked by the operation that reads it.

    Attributes:
        file: The file it stands in.
        boundary: What a goal used up exactly at closing means to it.
        quirk: Why its expected answer is not the obvious one; empty when it is.
        semantic_expected: The obvious answer beside a quirk, None where none is told.
        alternative: The one answer that differs by boundary, under each of them.
    """

    file: str
    id: str
    operation: str
    calendar: Mapping[str, Any]
    input: Mapping[str, Any]
    expected: Mapping[str, Any]
    boundary: Boundary = "close"
    quirk: str = ""
    semantic_expected: Mapping[str, Any] | None = None
    alternative: Mapping[str, Any] | None = None


Operation = Callable[[Vector, Boundary], Answer]
"""Answers what the library makes of a vector under a boundary, in the vector's own words. Refusals are raised."""


def instant(text: Any) -> Instant:
    """Answer the instant of a vector's text."""
    return parse_instant(text)


def shown(at: datetime) -> str:
    """Answer an instant in the form vectors use, without a fraction when it has none."""
    fraction = f".{at.microsecond:06d}" if at.microsecond else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"
